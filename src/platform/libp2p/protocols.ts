import type { Topic } from '../../node/ports'

/** Names on the wire. The network id is part of each, so that rooms that share a relay never hear each other. */
const base = (networkId: string) => `/quorumble/${networkId}`

/** The gossipsub topic of one of the port's topics. */
export const topicName = (networkId: string, topic: Topic) => `${base(networkId)}/${topic}`
/** One request, one answer; see requests.ts. */
export const requestProtocol = (networkId: string) => `${base(networkId)}/req/1.0.0`
/** A relay tells who else is there; see peerExchange.ts. */
export const peersProtocol = (networkId: string) => `${base(networkId)}/peers/1.0.0`
