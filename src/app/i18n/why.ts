/** What a "why?" is the proof of, on screens that are loaded when they are opened. */
export const whyText = {
  balanceOf: (name: string) => `the balance of ${name}`,
  agent: (name: string) => `what the chain keeps of ${name}`,
  drama: 'this list'
}
