/** Ten scenes from the life of a chain, on a square of 1000. A template's number is on the chain: never give it to another. */
import {
  AMBER,
  block,
  circle,
  creature,
  ellipse,
  fill,
  FOREST,
  INDIGO,
  INK,
  inked,
  LEMON,
  LIME,
  line,
  many,
  MINT,
  NIGHT,
  ORANGE,
  OUTLINE,
  PAPER,
  PERIWINKLE,
  polygon,
  RED,
  rect,
  ROSE,
  SAND,
  TEAL,
  VIOLET
} from './shapes'
import type { Shape } from './shapes'

/** Where a line of text wants to be; the hint is what it might say. */
export interface Slot {
  readonly x: number
  readonly y: number
  readonly size: number
  readonly colour: number
  /** TEXT_STYLES of core/memes/recipe.ts. */
  readonly style: 'bold' | 'outlined' | 'mono' | 'plate'
  readonly hint: string
}

export interface Template {
  readonly id: number
  readonly name: string
  /** For those who do not see it. */
  readonly scene: string
  readonly slots: readonly Slot[]
  readonly shapes: readonly Shape[]
}

const outlined = (x: number, y: number, size: number, hint: string): Slot => ({ x, y, size, colour: PAPER, style: 'outlined', hint })
const bold = (x: number, y: number, size: number, hint: string, colour = INK): Slot => ({ x, y, size, colour, style: 'bold', hint })

const ground = (ink: number): Shape => fill(rect(0, 0, 1000, 1000), ink)
const STARS = many(
  ...[
    [90, 120, 6],
    [210, 260, 4],
    [160, 420, 5],
    [880, 150, 6],
    [800, 300, 4],
    [930, 430, 5],
    [320, 90, 4],
    [690, 80, 5],
    [60, 600, 4],
    [950, 640, 4]
  ].map(([x, y, r]) => circle(x!, y!, r!))
)
const ticks = Array.from({ length: 12 }, (_, i) => {
  const angle = (i * Math.PI) / 6
  const at = (r: number) => `${Math.round(500 + r * Math.sin(angle))} ${Math.round(490 - r * Math.cos(angle))}`
  return `M${at(i % 3 === 0 ? 205 : 222)}L${at(245)}`
}).join('')

const midnight: Template = {
  id: 1,
  name: 'Clock at midnight',
  scene: 'a big clock over a sleeping town, both hands on twelve',
  slots: [outlined(500, 120, 88, 'When the clock says midnight'), outlined(500, 890, 88, 'and so does everybody’s block')],
  shapes: [
    ground(NIGHT),
    fill(circle(500, 490, 420), INDIGO, 0.35),
    fill(circle(500, 490, 340), INDIGO, 0.45),
    fill(STARS, LEMON),
    fill('M0 1000V760h90v-70h80v50h70v-110h90v150h90v-60h60v90h120v-80h80v50h70v-130h100v90h80v-60h70v310Z', INK),
    fill(
      many(
        rect(115, 720, 22, 28),
        rect(260, 670, 22, 28),
        rect(290, 720, 22, 28),
        rect(700, 780, 22, 28),
        rect(790, 700, 22, 28),
        rect(820, 760, 22, 28),
        rect(900, 770, 22, 28)
      ),
      LEMON
    ),
    inked(circle(500, 490, 280), PAPER, INK, 26),
    line(ticks, INK, 14),
    line('M500 490V330', INK, 26),
    line('M500 490V270', INDIGO, 16),
    fill(circle(500, 490, 24), RED),
    ...block(500, 196, 44, AMBER, ORANGE, RED)
  ]
}

const fork: Template = {
  id: 2,
  name: 'Two doors',
  scene: 'somebody stands before two doors of different colours',
  slots: [bold(245, 122, 50, 'the valid block'), bold(755, 122, 50, 'the first block'), outlined(500, 930, 80, 'my node at 00:00:01')],
  shapes: [
    ground(SAND),
    fill(rect(0, 680, 1000, 320), AMBER),
    fill(polygon([420, 1000], [580, 1000], [830, 680], [680, 680], [500, 860], [320, 680], [170, 680]), LEMON),
    inked(rect(95, 220, 300, 460, 12), TEAL, INK, 12),
    inked(rect(605, 220, 300, 460, 12), RED, INK, 12),
    inked(many(rect(135, 260, 220, 160, 8), rect(135, 450, 220, 190, 8)), MINT, INK, 8),
    inked(many(rect(645, 260, 220, 160, 8), rect(645, 450, 220, 190, 8)), ROSE, INK, 8),
    fill(many(circle(370, 450, 16), circle(630, 450, 16)), LEMON),
    inked(rect(40, 60, 410, 125, 16), PAPER, INK, 8),
    inked(rect(550, 60, 410, 125, 16), PAPER, INK, 8),
    ...creature('circle', 500, 740, 84, PERIWINKLE, 'awe', -1)
  ]
}

const liar: Template = {
  id: 3,
  name: 'The liar',
  scene: 'one sly node tells two listeners two different things',
  slots: [bold(245, 200, 48, 'my only\nblock is #7a'), bold(755, 200, 48, 'my only\nblock is #7b'), outlined(500, 930, 80, 'evidence: filed')],
  shapes: [
    ground(VIOLET),
    fill('M0 700Q500 580 1000 700V1000H0Z', INDIGO),
    fill(circle(500, 560, 330), PERIWINKLE, 0.25),
    inked('M60 90q0-30 30-30h340q30 0 30 30v230q0 30-30 30h-40l40 90-120-90h-220q-30 0-30-30Z', PAPER, INK, OUTLINE),
    inked('M540 90q0-30 30-30h340q30 0 30 30v230q0 30-30 30h-220l-120 90 40-90h-40q-30 0-30-30Z', PAPER, INK, OUTLINE),
    ...creature('circle', 140, 690, 78, MINT, 'happy', 1),
    ...creature('pentagon', 860, 690, 78, LEMON, 'happy', -1),
    ...creature('triangle', 500, 620, 140, ORANGE, 'sly', 0)
  ]
}

const seat = (i: number, of: number): [number, number] => {
  const angle = (2 * Math.PI * i) / of
  return [Math.round(500 + 360 * Math.sin(angle)), Math.round(520 - 330 * Math.cos(angle))]
}
const CHAIRS = Array.from({ length: 7 }, (_, i) => seat(i, 7))
const quorum: Template = {
  id: 4,
  name: 'Quorum table',
  scene: 'a round table with seven chairs, and two of them are empty',
  slots: [bold(500, 465, 54, 'five of seven'), bold(500, 590, 54, 'that is a quorum')],
  shapes: [
    ground(TEAL),
    line(many(...Array.from({ length: 9 }, (_, i) => `M0 ${60 + i * 115}H1000`)), FOREST, 6, 0.5),
    fill(ellipse(500, 560, 330, 300), INK, 0.25),
    fill(many(...CHAIRS.map(([x, y]) => circle(x, y, 92))), FOREST),
    inked(circle(500, 520, 268), AMBER, INK, 12),
    line(circle(500, 520, 236), ORANGE, 8),
    ...creature('circle', ...CHAIRS[0]!, 66, PERIWINKLE, 'happy'),
    ...creature('square', ...CHAIRS[1]!, 66, LEMON, 'happy', -1),
    ...creature('triangle', ...CHAIRS[2]!, 66, ORANGE, 'flat', -1),
    ...creature('diamond', ...CHAIRS[5]!, 66, ROSE, 'happy', 1),
    ...creature('pentagon', ...CHAIRS[6]!, 66, VIOLET, 'happy', 1),
    line(many(...[CHAIRS[3]!, CHAIRS[4]!].map(([x, y]) => circle(x, y, 56))), MINT, 9, 0.8)
  ]
}

const plot: Template = {
  id: 5,
  name: 'Plot of land',
  scene: 'a ploughed field with a fence and an empty sign',
  slots: [bold(500, 340, 54, '8 MB of finest leaves'), outlined(500, 930, 80, 'still no proof')],
  shapes: [
    ground(PERIWINKLE),
    fill(circle(820, 170, 90), LEMON),
    fill('M0 520Q260 400 520 500T1000 450V700H0Z', FOREST),
    fill('M0 600H1000V1000H0Z', LIME),
    fill(polygon([330, 600], [670, 600], [1000, 1000], [0, 1000]), AMBER),
    line('M370 600L120 1000M435 600L370 1000M500 600V1000M565 600L630 1000M630 600L880 1000', ORANGE, 16),
    fill(many(...[660, 730, 820, 930].flatMap((y, i) => [-1, 0, 1].map(k => circle(500 + k * (50 + i * 34), y, 10 + i * 4)))), FOREST),
    line('M0 560H1000M0 600H1000', SAND, 14),
    fill(many(...Array.from({ length: 9 }, (_, i) => rect(20 + i * 118, 525, 22, 110, 6))), SAND),
    fill(rect(475, 430, 50, 210), ORANGE),
    inked(rect(170, 220, 660, 240, 18), SAND, INK, 12),
    ...creature('square', 880, 780, 70, MINT, 'awe', -1)
  ]
}

const squares = Array.from({ length: 20 }, (_, i) => i).flatMap(i => [0, 1].filter(k => (i + k) % 2 === 0).map(k => rect(i * 50, 250 + k * 50, 50, 50)))
const finish: Template = {
  id: 6,
  name: 'Finish line',
  scene: 'three nodes run under a chequered banner, one is ahead by a nose',
  slots: [outlined(500, 130, 88, 'first by one hash'), outlined(500, 920, 88, 'history is written by rank 0')],
  shapes: [
    ground(PERIWINKLE),
    fill('M0 470Q300 400 520 460T1000 430V620H0Z', TEAL),
    fill(rect(0, 580, 1000, 420), ORANGE),
    line('M0 690H1000M0 800H1000', SAND, 10),
    fill(rect(780, 580, 60, 420), PAPER),
    fill(many(...Array.from({ length: 14 }, (_, i) => rect(780 + (i % 2) * 30, 580 + i * 30, 30, 30))), INK),
    fill(many(rect(40, 240, 24, 400), rect(936, 240, 24, 400)), INK),
    fill(rect(0, 250, 1000, 100), PAPER),
    fill(many(...squares), INK),
    line('M80 640h90M60 740h130M120 850h80M300 610h70M280 790h90', PAPER, 10, 0.7),
    ...creature('pentagon', 260, 590, 74, VIOLET, 'sad', 1),
    ...creature('square', 430, 800, 80, LEMON, 'awe', 1),
    ...creature('circle', 740, 660, 88, MINT, 'happy', 1)
  ]
}

const stale: Template = {
  id: 7,
  name: 'Stale block',
  scene: 'a lonely block drifts on the sea, away from an island where a chain stands',
  slots: [outlined(500, 120, 88, 'notarised by nobody'), outlined(500, 900, 88, 'loved by its maker')],
  shapes: [
    ground(ROSE),
    fill(circle(760, 470, 130), LEMON),
    fill('M0 520H1000V1000H0Z', INDIGO),
    fill('M640 520q150-110 360-60v60Z', FOREST),
    ...block(800, 420, 34, AMBER, ORANGE, RED),
    ...block(868, 420, 34, AMBER, ORANGE, RED),
    ...block(936, 420, 34, AMBER, ORANGE, RED),
    line('M0 600q60-30 120 0t120 0 120 0 120 0 120 0 120 0 120 0 120 0 120 0', PERIWINKLE, 10, 0.7),
    ...block(360, 560, 120, PERIWINKLE, PERIWINKLE, VIOLET),
    inked(many(circle(300, 690, 22), circle(330, 704, 22)), PAPER, INK, 6),
    fill(many(circle(306, 694, 10), circle(336, 708, 10)), INK),
    line('M290 750q24-22 50 8', INK, 9),
    fill('M0 790q80-44 160 0t160 0 160 0 160 0 160 0 200 0V1000H0Z', TEAL),
    line('M0 860q60-30 120 0t120 0 120 0 120 0 120 0 120 0 120 0 120 0 120 0', MINT, 8, 0.6)
  ]
}

const asleep: Template = {
  id: 8,
  name: 'Sleeping tab',
  scene: 'a node sleeps in a browser window that serves as its bed',
  slots: [outlined(500, 110, 84, 'laptop lid: closed'), bold(500, 910, 76, '41 blocks behind', PAPER)],
  shapes: [
    ground(NIGHT),
    fill(STARS, PERIWINKLE),
    fill('M880 120a90 90 0 1 0 60 150a110 110 0 0 1-60-150Z', LEMON),
    inked(rect(130, 260, 740, 520, 34), SAND, INK, 14),
    fill('M137 360V294q0-27 27-27H836q27 0 27 27v66Z', INDIGO),
    fill(many(circle(190, 314, 16), circle(242, 314, 16), circle(294, 314, 16)), ROSE),
    inked(rect(350, 290, 470, 48, 24), PERIWINKLE, INK, 6),
    inked(rect(230, 440, 260, 150, 60), PAPER, INK, 8),
    ...creature('circle', 390, 540, 96, MINT, 'asleep'),
    inked('M140 620q120-60 360-20t360-10v148q0 35-35 35H175q-35 0-35-35Z', VIOLET, INK, OUTLINE),
    line('M220 690h120M420 700h160M660 690h110', PERIWINKLE, 12, 0.8),
    line('M540 480h60l-60 66h60M640 400h78l-78 84h78', INK, 14)
  ]
}

const queue: Template = {
  id: 9,
  name: 'The line',
  scene: 'four nodes stand in line before a counter, the first in a beam of light',
  slots: [bold(250, 200, 58, 'Next block'), outlined(500, 920, 84, 'rank 3, bringing snacks')],
  shapes: [
    ground(LEMON),
    fill(rect(0, 720, 1000, 280), ORANGE),
    fill(polygon([300, 0], [420, 0], [560, 760], [240, 760]), PAPER, 0.7),
    inked(rect(30, 120, 440, 150, 20), PAPER, INK, 10),
    inked(rect(40, 470, 190, 330, 10), RED, INK, 12),
    fill(rect(20, 440, 230, 44, 12), INK),
    ...block(135, 380, 56, AMBER, ORANGE, RED),
    ...creature('circle', 390, 650, 92, MINT, 'happy', -1),
    ...creature('triangle', 570, 665, 80, ROSE, 'flat', -1),
    ...creature('diamond', 735, 670, 74, PERIWINKLE, 'flat', -1),
    ...creature('pentagon', 890, 675, 70, VIOLET, 'sad', -1),
    line('M300 800h660', INK, 8, 0.35)
  ]
}

const bridge: Template = {
  id: 10,
  name: 'Broken bridge',
  scene: 'a bridge has broken in the middle, nodes stand on either side and look across',
  slots: [outlined(500, 120, 84, 'both sides: we are the majority'), outlined(500, 910, 84, '3 of 7 and 4 of 7')],
  shapes: [
    ground(MINT),
    fill('M0 1000V560h250l60 80 40 360ZM1000 1000V560H750l-60 80-40 360Z', FOREST),
    fill('M310 1000l10-180q180-60 360 0l10 180Z', INDIGO),
    line('M0 520h380l40 60M1000 520H620l-40 60', ORANGE, 40),
    line('M0 400Q220 420 380 500M1000 400Q780 420 620 500', INK, 10),
    line('M80 408v100M180 424v90M280 452v60M920 408v100M820 424v90M720 452v60', INK, 8),
    line('M470 430l30 60-34 40 40 70-22 60', RED, 16),
    line('M520 400l-16 50', RED, 12),
    ...creature('square', 110, 420, 60, LEMON, 'sad', 1),
    ...creature('circle', 270, 425, 60, PERIWINKLE, 'awe', 1),
    ...creature('triangle', 730, 425, 60, ORANGE, 'awe', -1),
    ...creature('pentagon', 890, 420, 60, VIOLET, 'sad', -1)
  ]
}

export const TEMPLATES: readonly Template[] = [midnight, fork, liar, quorum, plot, finish, stale, asleep, queue, bridge]

export const templateOf = (id: number): Template | null => TEMPLATES.find(template => template.id === id) ?? null
