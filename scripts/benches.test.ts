import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

describe('P117: what is fast is measured, and the figures are on a page', () => {
  const source = read('bench/run.ts')
  const table = source.slice(source.indexOf('const SUBJECTS'), source.indexOf('}\n', source.indexOf('const SUBJECTS')))
  const subjects = [...table.matchAll(/^ {2}'?([a-z-]+)'?(?::|,|$)/gm)].map(match => match[1]!)

  it('making blocks, their way to finality and making memes are among the subjects', () => {
    expect(subjects).toEqual(expect.arrayContaining(['block', 'finality', 'memes', 'sync']))
  })

  it.each(subjects)('%s has its figures in docs/FIGURES.md', subject => {
    const page = read('docs/FIGURES.md')
    expect(page.includes(`| ${subject} |`) || page.includes(`--only ${subject}\``)).toBe(true)
  })

  it('so has the way of a meme to the other tabs', () =>
    expect(read('docs/FIGURES.md')).toMatch(/a meme, from “publish” until it is in the galleries .* median .* p95/))
})
