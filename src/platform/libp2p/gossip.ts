import { gossipsub } from '@libp2p/gossipsub'
import { sha256 } from '@noble/hashes/sha2.js'
import { TOPICS } from '../../node/ports'
import { MAX_GOSSIP_BACKLOG_BYTES, MAX_GOSSIP_FRAME_BYTES } from './limits'
import { topicName } from './protocols'

/** Below these scores a peer gets no lazy gossip, none of our own messages, or is not listened to at all. */
export const SCORE_THRESHOLDS = { gossipThreshold: -20, publishThreshold: -40, graylistThreshold: -80, acceptPXThreshold: 10, opportunisticGraftThreshold: 1 }
/** Eight penalties within a minute, or nine rejected messages (their count is squared), lead to the graylist. */
export const PENALTY_SCORE = 10

/** A decay per heartbeat (1 s) after which a counter of 10 is forgotten within a minute. */
const COUNTER_DECAY = 0.9

/**
 * Only faults cost score, silence does not: in a room of 5 to 30 tabs many links are quiet, and all of them come from one address
 * (hence no penalty for a shared address; ARCHITECTURE "libp2p settings that matter").
 */
const TOPIC_SCORE = {
  topicWeight: 1,
  timeInMeshWeight: 0.01,
  timeInMeshQuantum: 1000,
  timeInMeshCap: 300,
  firstMessageDeliveriesWeight: 0.1,
  firstMessageDeliveriesDecay: COUNTER_DECAY,
  firstMessageDeliveriesCap: 20,
  // Weight 0 switches these two off; the type wants their other figures all the same.
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: COUNTER_DECAY,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 1000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: COUNTER_DECAY,
  invalidMessageDeliveriesWeight: -1,
  invalidMessageDeliveriesDecay: COUNTER_DECAY
}

/** Gossipsub for one network. `penalty` is what the node itself holds against a peer, at most 0. */
export function gossipsubOf(networkId: string, penalty: (peerId: string) => number): ReturnType<typeof gossipsub> {
  const topics = TOPICS.map(topic => topicName(networkId, topic))
  return gossipsub({
    // Payloads are signed by the protocol itself; a second signature over each hop's envelope would only cost time.
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: message => sha256(message.data),
    fallbackToFloodsub: false,
    floodPublish: true,
    emitSelf: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    allowedTopics: topics,
    doPX: false,
    // Where WebRTC fails, the relayed link is the link.
    runOnLimitedConnection: true,
    maxInboundDataLength: MAX_GOSSIP_FRAME_BYTES,
    maxOutboundBufferSize: MAX_GOSSIP_BACKLOG_BYTES,
    // A link that was cut or lost may come back within seconds and shall rejoin the mesh soon.
    pruneBackoff: 10_000,
    graftFloodThreshold: 1_000,
    scoreThresholds: SCORE_THRESHOLDS,
    scoreParams: {
      topics: Object.fromEntries(topics.map(topic => [topic, TOPIC_SCORE])),
      topicScoreCap: 20,
      appSpecificScore: penalty,
      appSpecificWeight: 1,
      IPColocationFactorWeight: 0,
      behaviourPenaltyWeight: -1,
      behaviourPenaltyThreshold: 6,
      behaviourPenaltyDecay: COUNTER_DECAY
    }
  })
}
