/** A block with all that is in it, for its page and for the console: transactions as sentences, certificates, opinions. Loaded when somebody opens one. */
import { toHex } from '../core/bytes'
import { decode } from '../core/codec'
import { FAMILIES } from '../core/families/registry'
import { nameFromBytes } from '../core/names'
import {
  Block,
  ConfigurePayload,
  DepositPayload,
  EvidencePayload,
  InvitePayload,
  PlotPayload,
  ProducerPayload,
  ReanchorPayload,
  RegisterPayload,
  TransferPayload,
  VoteEvidencePayload
} from '../core/schema'
import type { Certificate, Header, Transaction } from '../core/schema'
import { blockHash, transactionId } from '../core/signing'
import {
  TX_ALLIANCE,
  TX_ALLIANCE_BREAK,
  TX_ALLIANCE_SIGN,
  TX_CONFIGURE,
  TX_CONFLICT,
  TX_CONFLICT_OPINION,
  TX_CUSTOM,
  TX_DEPOSIT,
  TX_EVIDENCE,
  TX_HEARTBEAT,
  TX_INVITE,
  TX_LEAVE,
  TX_MEME,
  TX_PLOT,
  TX_PRODUCER,
  TX_PROFILE,
  TX_REACT,
  TX_REANCHOR,
  TX_REGISTER,
  TX_SOCIAL,
  TX_TRANSFER,
  TX_VOTE_EVIDENCE,
  TX_WITHDRAW
} from '../core/state/transactions'
import { reasonName } from '../core/taste/judge'
import { statedIn } from '../core/taste/opinion'
import type { BlockDetail, BlockView, OpinionView, SignatureView, TransactionView } from '../bridge/views'
import { civicSentence } from './civicSentences'
import type { NodeCore } from './nodeCore'
import { memeOf, socialSentence } from './social/sentences'
import { blockView, candidatesOn, finalChain, modeName, nameOf, rulesAfter } from './views'
import type { FoundBlock } from './views'

const TX_NAMES: Record<number, TransactionView['kind']> = {
  [TX_REGISTER]: 'register',
  [TX_TRANSFER]: 'transfer',
  [TX_HEARTBEAT]: 'heartbeat',
  [TX_LEAVE]: 'leave',
  [TX_EVIDENCE]: 'evidence',
  [TX_VOTE_EVIDENCE]: 'evidence',
  [TX_DEPOSIT]: 'deposit',
  [TX_WITHDRAW]: 'withdraw',
  [TX_PRODUCER]: 'produce',
  [TX_PLOT]: 'plot',
  [TX_INVITE]: 'invite',
  [TX_CONFIGURE]: 'configure',
  [TX_REANCHOR]: 'reanchor',
  [TX_PROFILE]: 'profile',
  [TX_SOCIAL]: 'interact',
  [TX_CONFLICT]: 'dispute',
  [TX_CONFLICT_OPINION]: 'judge',
  [TX_CUSTOM]: 'custom',
  [TX_MEME]: 'meme',
  [TX_REACT]: 'react',
  [TX_ALLIANCE]: 'propose-alliance',
  [TX_ALLIANCE_SIGN]: 'accept-alliance',
  [TX_ALLIANCE_BREAK]: 'break-alliance'
}

/** Milli-units as people read them. */
function amount(milli: bigint): string {
  const fraction = String(milli % 1000n)
    .padStart(3, '0')
    .replace(/0+$/, '')
  return fraction === '' ? String(milli / 1000n) : `${milli / 1000n}.${fraction}`
}

export function sentence(core: NodeCore, transaction: Transaction): string {
  const sender = nameOf(core, transaction.sender)
  const civic = civicSentence(transaction, sender, key => nameOf(core, key), amount)
  if (civic !== null) return civic
  switch (transaction.kind) {
    case TX_REGISTER: {
      const payload = decode(RegisterPayload, transaction.payload)
      return `A new agent registers as ${(payload.ok ? nameFromBytes(payload.value.name) : null) ?? 'nameless'}`
    }
    case TX_TRANSFER: {
      const payload = decode(TransferPayload, transaction.payload)
      return payload.ok ? `${sender} sends ${amount(payload.value.amount)} to ${nameOf(core, payload.value.to)}` : `${sender} sends something`
    }
    case TX_HEARTBEAT:
      return `${sender} is alive`
    case TX_LEAVE:
      return `${sender} leaves`
    case TX_VOTE_EVIDENCE: {
      const payload = decode(VoteEvidencePayload, transaction.payload)
      return payload.ok
        ? `${sender} shows that ${nameOf(core, payload.value.first.voter)} gave two votes that exclude each other for height ${payload.value.first.height}`
        : `${sender} shows evidence`
    }
    case TX_DEPOSIT:
    case TX_WITHDRAW: {
      const payload = decode(DepositPayload, transaction.payload)
      const verb = transaction.kind === TX_DEPOSIT ? 'deposits' : 'withdraws'
      return `${sender} ${verb} ${payload.ok ? amount(payload.value.amount) : 'something'}`
    }
    case TX_PRODUCER: {
      const payload = decode(ProducerPayload, transaction.payload)
      return payload.ok && payload.value.on === 0 ? `${sender} stops making blocks` : `${sender} asks to make blocks`
    }
    case TX_PLOT: {
      const payload = decode(PlotPayload, transaction.payload)
      return payload.ok ? `${sender} registers a plot of ${payload.value.leaves} leaves` : `${sender} registers a plot`
    }
    case TX_INVITE: {
      const payload = decode(InvitePayload, transaction.payload)
      return `${sender} invites ${(payload.ok ? nameFromBytes(payload.value.name) : null) ?? 'somebody'}`
    }
    case TX_MEME:
    case TX_REACT:
    case TX_ALLIANCE:
    case TX_ALLIANCE_SIGN:
    case TX_ALLIANCE_BREAK:
      return socialSentence(transaction, sender, key => nameOf(core, key))
    case TX_CONFIGURE:
      return configureSentence(core, sender, transaction)
    case TX_REANCHOR: {
      const payload = decode(ReanchorPayload, transaction.payload)
      return payload.ok
        ? `${sender} anchors the room anew at #${payload.value.height}: ${payload.value.validators.length} validate from there on`
        : `${sender} anchors the room anew`
    }
    default: {
      const payload = decode(EvidencePayload, transaction.payload)
      return payload.ok
        ? `${sender} shows that ${nameOf(core, payload.value.first.header.proposer)} made two blocks for height ${payload.value.first.header.height}`
        : `${sender} shows evidence`
    }
  }
}

function configureSentence(core: NodeCore, sender: string, transaction: Transaction): string {
  const payload = decode(ConfigurePayload, transaction.payload)
  if (!payload.ok) return `${sender} changes the rules`
  const { config, epoch } = payload.value
  const family = FAMILIES.find(({ id }) => id === config.family)?.name ?? `family ${config.family}`
  return `${sender} changes the rules to ${family}, ${modeName(config)}, from #${epoch * core.genesis.epochLength + 1} on`
}

function transactionView(core: NodeCore, transaction: Transaction): TransactionView {
  return {
    id: toHex(transactionId(transaction)),
    kind: TX_NAMES[transaction.kind] ?? 'heartbeat',
    sender: toHex(transaction.sender),
    senderName: nameOf(core, transaction.sender),
    nonce: transaction.nonce,
    fee: String(transaction.fee),
    text: sentence(core, transaction),
    meme: memeOf(transaction),
    signature: toHex(transaction.signature)
  }
}

function signaturesView(core: NodeCore, certificate: Certificate): SignatureView[] {
  const { kind, hash } = certificate
  return certificate.signatures.map(({ voter, signature }) => ({
    voter: toHex(voter),
    name: nameOf(core, voter),
    signature: toHex(signature),
    heardAt: core.voteTimes.at(kind, hash, voter)
  }))
}

function certificateView(core: NodeCore, certificate: Certificate): NonNullable<BlockDetail['notarisation']> {
  const set = core.rounds.setAt(certificate.height)
  const weight = certificate.signatures.reduce((sum, { voter }) => sum + (set?.weights.get(toHex(voter)) ?? 1), 0)
  return { signatures: signaturesView(core, certificate), weight, totalWeight: set?.total ?? weight }
}

function opinionsOn(core: NodeCore, height: number, hash: string): OpinionView[] {
  return core.opinions.of(height, hash).map(opinion => {
    const { score, verdict, reasons } = statedIn(opinion)
    return {
      judge: toHex(opinion.agent),
      name: nameOf(core, opinion.agent),
      verdict,
      score,
      reasons: reasons.map(({ code, points }) => ({ name: reasonName(code) ?? `reason ${code}`, points })),
      signature: toHex(opinion.signature)
    }
  })
}

export function blockDetail(core: NodeCore, { block, parent: found, notarisation, finalisation }: FoundBlock): BlockDetail {
  const { header } = block
  const hash = toHex(blockHash(core.networkId, header))
  const entry = core.tree.get(hash)
  const parent = core.tree.get(toHex(header.parent)) ?? found
  const view = entry === undefined ? storedView(core, header, hash, block.transactions.length) : blockView(core, entry, finalChain(core))
  return {
    ...view,
    networkId: toHex(core.networkId),
    txRoot: toHex(header.txRoot),
    stateRoot: toHex(header.stateRoot),
    seed: toHex(header.seed),
    signature: toHex(block.signature),
    sizeBytes: Block.value_serializedSize(block),
    transactionList: block.transactions.map(transaction => transactionView(core, transaction)),
    rules: parent?.state == null ? null : rulesAfter(core, parent.state),
    candidates: parent?.state == null ? [] : candidatesOn(core, parent, parent.state),
    opinions: opinionsOn(core, header.height, hash),
    notarisation: notarisation === null ? null : certificateView(core, notarisation),
    finalisation: finalisation === null ? null : { ...certificateView(core, finalisation), height: finalisation.height, hash: toHex(finalisation.hash) },
    children: entry === undefined ? [] : [...entry.children]
  }
}

/** Older than the tree remembers: the store keeps final blocks only. */
function storedView(core: NodeCore, header: Header, hash: string, transactions: number): BlockView {
  const total = core.rounds.setAt(header.height)?.total ?? 0
  return {
    hash,
    height: header.height,
    parent: toHex(header.parent),
    status: 'final',
    proposer: toHex(header.proposer),
    proposerName: header.height === 0 ? 'genesis' : nameOf(core, header.proposer),
    rank: header.rank,
    timestamp: header.timestamp,
    transactions,
    notarisedWeight: 0,
    finalisedWeight: 0,
    totalWeight: total,
    acceptance: 'accepted'
  }
}
