/** D-11: the four example configurations. They are files, `public/agents/<name>.toml`, which the page reads like a person's own; here are only their names. */

export const PRESETS = ['basic', 'meme', 'social', 'performance'] as const
export type PresetName = (typeof PRESETS)[number]

/** Scripts that run as they are: `public/agents/<name>.js`. */
export const EXAMPLES = ['grinder', 'loyal-ally', 'drama-queen', 'tit-for-tat', 'poet', 'diplomat'] as const
export type ExampleName = (typeof EXAMPLES)[number]
