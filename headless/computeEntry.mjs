// @ts-check
/** The first file of the compute thread. A worker thread does not inherit the loader that reads TypeScript; it has to be asked for here. */
import { register } from 'tsx/esm/api'

register()
await import(new URL('./computeService.ts', import.meta.url).href)
