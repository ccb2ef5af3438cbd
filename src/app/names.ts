/** A name to join under, before there is an agent: short, easy to call across a classroom. */

const ANIMALS = ['Moth', 'Wren', 'Otter', 'Heron', 'Lynx', 'Newt', 'Finch', 'Hare', 'Stoat', 'Tern', 'Vole', 'Ibis', 'Toad', 'Crane', 'Mole', 'Swift'] as const
const NUMBERS = 100

/** @param random any unsigned 32-bit number @returns for example `Moth-42` */
export function suggestName(random: number): string {
  return `${ANIMALS[random % ANIMALS.length]!}-${Math.floor(random / ANIMALS.length) % NUMBERS}`
}
