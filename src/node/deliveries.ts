/** How many peers each published message was handed to, and how many not, since the start (V054). */
import type { DeliveryView } from '../bridge/views'
import type { Delivery, Topic } from './ports'
import { TOPICS } from './ports'

export class Deliveries {
  readonly #counts = new Map<Topic, DeliveryView>(TOPICS.map(topic => [topic, { messages: 0, sent: 0, failed: 0, unheard: 0 }]))

  /** Counts the message now, and its receivers when the network has told them. */
  note(topic: Topic, delivery: Promise<Delivery>): void {
    const counts = this.#counts.get(topic)!
    counts.messages++
    void delivery.then(({ sent, failed }) => {
      counts.sent += sent.length
      counts.failed += failed.length
      if (sent.length === 0) counts.unheard++
    })
  }

  view(): Record<Topic, DeliveryView> {
    return Object.fromEntries([...this.#counts].map(([topic, counts]) => [topic, { ...counts }])) as Record<Topic, DeliveryView>
  }
}
