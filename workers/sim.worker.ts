/** The simulator of a tab, in its own thread. */
import { expose } from 'comlink'
import { SimService } from './simService'

expose(new SimService())
