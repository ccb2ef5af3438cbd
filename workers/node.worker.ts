/** The node of a tab. The first message brings the page's WebRTC broker; from then on Comlink speaks. */
import { expose } from 'comlink'
import { RTC_PORT_MESSAGE } from '../src/bridge/api'
import { NodeService } from './nodeService'

// Under load libp2p writes to streams that the other side has just closed, out of its own event handlers. Nothing is lost by it; the page would take it for the worker's end.
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
