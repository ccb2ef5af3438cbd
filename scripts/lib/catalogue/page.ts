/** docs/MESSAGES.md and the file that the page shows, from one catalogue. */
import { CATALOGUE_GROUPS } from '../../../src/bridge/catalogue'
import type { Catalogue, CatalogueEntry, CatalogueField, CatalogueGroup, CatalogueSpan } from '../../../src/bridge/catalogue'

/** Bytes of a stretch in the docs: the page shows more. */
const SHOWN_BYTES = 16
/** Stretches of an example in the docs. */
const SHOWN_SPANS = 12

const GROUPS: Record<CatalogueGroup, [heading: string, text: string]> = {
  gossip: ['Gossip', 'Passed on from peer to peer under `/quorumble/<network id>/<topic>`. The number is the first byte of the message.'],
  requests: ['Requests', 'Asked of one peer, which answers with the reply of the same name.'],
  replies: ['Replies', 'To the request of the same name.'],
  transactions: ['Transactions', 'Payloads by kind. Each stands in the `payload` of a [transaction](#transaction), whose `kind` is the number here.'],
  blocks: ['Blocks and their network', 'What stands inside messages and on the disk.'],
  proofs: ['Proofs', 'What a light node reads instead of blocks.'],
  evidence: ['Inside payloads', 'Evidence of conflicts, and steps of custom kinds.'],
  state: ['The state', 'The leaves of the tree whose root stands in every header.']
}

const count = (n: number) => n.toLocaleString('en-US')
const sizeText = (min: number, max: number) => (min === max ? count(min) : `${count(min)} … ${count(max)}`)
const anchorOf = (name: string) => name.toLowerCase()
const indent = (depth: number) => '· '.repeat(depth)
const typeText = ({ type, entry }: CatalogueField) => (entry === null ? `\`${type}\`` : `[\`${type}\`](#${anchorOf(entry)})`)

/** One heading per entry has to be unique without regard to case, or links would lead to the wrong one. */
const headingOf = ({ name, group }: CatalogueEntry) => (group === 'transactions' ? `Transaction ${name}` : name)

function fieldsTable({ fields }: CatalogueEntry): string {
  if (fields.length === 0) return 'It has no bytes.'
  const rows = fields.map(field => `| ${indent(field.depth)}\`${field.name}\` | ${typeText(field)} | ${sizeText(field.min, field.max)} |`)
  return ['| field | type | bytes |', '|---|---|---|', ...rows].join('\n')
}

function spanLine({ path, type, size, hex }: CatalogueSpan): string {
  const shown = hex.slice(0, 2 * SHOWN_BYTES)
  const text = size === 0 ? '(empty)' : `${shown}${size > shown.length / 2 ? ' …' : ''}`
  return `    ${text.padEnd(2 * SHOWN_BYTES + 2)}  ${path}${type === 'offset' ? ' (offset)' : ''}${size > SHOWN_BYTES ? `, ${count(size)} bytes` : ''}`
}

function exampleText({ example }: CatalogueEntry): string[] {
  if (example === null) return []
  const left = example.left + Math.max(0, example.spans.length - SHOWN_SPANS)
  const lines = example.spans.slice(0, SHOWN_SPANS).map(spanLine)
  return ['', `Example, ${count(example.size)} bytes:`, '', ...lines, ...(left > 0 ? [`    … ${count(left)} more`] : [])]
}

function entryText(entry: CatalogueEntry): string {
  const { number, topic, what, who, rules, min, max, cap } = entry
  const facts = [
    ...(number === null ? [] : [`number ${number}`]),
    ...(topic === null ? [] : [`topic \`${topic}\``]),
    `bytes ${sizeText(min, max)}`,
    ...(cap === null || cap > max ? [] : [`at most ${count(cap)} are read`]),
    `serves ${rules.join(', ')}`
  ]
  const by = number === null ? 'Where' : 'Who, and when'
  return [`### ${headingOf(entry)}`, '', what, '', `*${by}:* ${who}`, '', facts.join(' · '), '', fieldsTable(entry), ...exampleText(entry), ''].join('\n')
}

export function pageOf({ protocol, entries }: Catalogue): string {
  const sections = CATALOGUE_GROUPS.map(group => {
    const [heading, text] = GROUPS[group]
    return `## ${heading}\n\n${text}\n\n${entries
      .filter(entry => entry.group === group)
      .map(entryText)
      .join('\n')}`
  })
  return `# Everything that has bytes

Made by \`npm run catalogue -- --write\` from the schemas that the codec uses; do not edit. The same is in the app under \`#/learn/messages\`, byte by byte. Protocol ${protocol}.

Values are [SSZ](PROTOCOL.md#wire): fields in order, integers little-endian. A field of variable length leaves an offset of four bytes in its place and stands behind the others. \`List[T, n]\`
holds at most n; \`record\` is one without a name, and its fields follow. *Bytes* are those of the value alone; what a peer may send is less where it says so. Examples are real ones from small
rooms that the rules have played. Rules are told in [PROTOCOL](PROTOCOL.md).

${sections.join('\n')}`
}

/** Two spaces would make the file longer and no clearer; a line for each entry shows in a diff what has changed. */
export function dataOf({ protocol, entries }: Catalogue): string {
  return `{"protocol":${protocol},"entries":[\n${entries.map(entry => JSON.stringify(entry)).join(',\n')}\n]}\n`
}
