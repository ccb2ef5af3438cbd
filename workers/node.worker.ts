/** The node of a tab. The first message brings the page's WebRTC broker; from then on Comlink speaks. */
import { expose } from 'comlink'
import { RTC_PORT_MESSAGE } from '../src/bridge/api'
import { NodeService } from './nodeService'

// A relayed connection is a stream of the connection to the relay. When the other end closes it, ours closes for writing at once, while frames that came before are still
// read out of its buffer; a multiplexer that answers one of them (a ping, a window) writes to the closed stream, and what that throws leaves an event handler of libp2p,
// where nobody catches it. libp2p has aborted the stream by then and nothing is lost, but the page would take it for the worker's end. In Node the relay only pipes such
// streams, and pipes catch it.
self.addEventListener('error', event => {
  if ((event.error as Error | null)?.name === 'StreamStateError') event.preventDefault()
})

const rtcPort = new Promise<MessagePort | null>(resolve => {
  const first = (event: MessageEvent<{ type?: string; port?: MessagePort | null } | null>): void => {
    if (event.data?.type !== RTC_PORT_MESSAGE) return
    self.removeEventListener('message', first)
    resolve(event.data.port ?? null)
  }
  self.addEventListener('message', first)
})

expose(new NodeService(rtcPort))
