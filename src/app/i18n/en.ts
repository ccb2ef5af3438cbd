/**
 * Everything the page says, in English. Texts with a value in them are functions; `Messages` is the shape that another language must have.
 * Sentences that come from a node (reasons, events) are made where the facts are, and are not here.
 */
import type { ReasonCode, SyncingView, Transport } from '../../bridge/views'
import type { StartStep } from '../state/session.svelte'
import { byteSize, duration } from '../logic/format'
import { ANY_FAMILY, FAMILIES } from './families'

export const plural = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`
const NTH = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh']
/** `Moth`, `Moth and Fern`, `Moth, Fern and 3 more`. */
export const listed = (names: string[], more: number) =>
  more > 0 ? `${names.join(', ')} and ${more} more` : names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
const NUMBERS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine']

export const en = {
  families: FAMILIES,
  anyFamily: ANY_FAMILY,
  title: 'Quorumble',
  tagline: 'Consensus you can poke',
  nav: {
    label: 'Screens',
    now: 'Now',
    chain: 'Chain',
    memes: 'Memes',
    alliances: 'Allies',
    agent: 'Agent',
    miner: 'Turns',
    node: 'Node',
    proof: 'Proofs',
    learn: 'Learn',
    help: 'Help',
    more: 'More'
  },
  close: 'Close',
  cancel: 'Cancel',
  copy: 'Copy',
  copied: (what: string) => `Copied: ${what}.`,
  copyFailed: 'The browser did not allow copying. Select the text and copy it by hand.',
  skip: 'Skip to content',
  you: 'you',
  listed,
  block: (height: number) => `Block #${height}`,
  theme: { label: 'Theme', auto: 'As the system', light: 'Light', dark: 'Dark', next: (now: string) => `Theme: ${now.toLowerCase()}. Change` },

  statusBar: {
    label: 'Status',
    simulation: (nodes: number) => `Simulation, ${plural(nodes, 'node')}`,
    notRunning: 'Simulation is loading',
    joining: 'Joining',
    failed: 'Not joined',
    peers: (n: number) => plural(n, 'peer'),
    height: (h: number) => `#${h}`,
    heightLabel: 'height',
    final: (h: number) => `final #${h}`,
    eligible: 'eligible',
    because: (reason: string) => `not eligible: ${reason}`,
    why: 'Why?',
    watching: 'You are watching. Nothing leaves this tab.',
    family: 'family',
    change: (name: string, height: number) => `${name} from #${height}`,
    uninvited: 'This room takes members by invitation, and this key is not on its list yet. The Node screen says whom to ask.'
  },
  reasons: {
    eligible: 'This node is in line for the next block.',
    starting: 'The node is starting. Give it a moment.',
    'not-registered': 'Its registration is not on the chain yet. That takes a block or two.',
    left: 'It has left the network. Register again on the Node screen.',
    resting: 'It says that it is away or under repair, so it takes no part. Set it active again on the Node screen.',
    penalised: 'It signed twice at one height, and its key is excluded. A new identity can be made on the Node screen.',
    syncing: 'It is catching up with the others, and builds nothing until it has.',
    'no-quorum': 'More than a third of the votes are missing, so nothing can be decided. Wait, or bring the others back.',
    alone: 'Nobody else is connected. Invite someone, or open a second tab.',
    'not-synced': 'It has to be level with the others for a moment before it may make blocks.',
    'store-doubtful': 'Its votes cannot be kept safely, so it abstains. Look at storage on the Node screen.',
    light: 'It keeps no blocks and checks everything by signatures, so it neither makes blocks nor votes. It can become a full node at any time.',
    fork: 'It has seen two certificates that exclude each other: more than a third of the validators lie. Trust nothing here before you have looked at other nodes.',
    'no-turn': 'Its turn cannot come on this block. The screen of turns says what is missing.',
    'no-network': 'No transport works. Look at transports on the Node screen.'
  } satisfies Record<ReasonCode, string>,

  why: {
    label: 'why?',
    of: (what: string) => `why? Proof of ${what}`,
    balance: 'this balance',
    transaction: 'this transaction',
    validators: 'the validator set',
    head: 'the final head'
  },

  now: {
    heading: (nodes: number, question: string) => `${NUMBERS[nodes] ?? nodes} ${nodes === 1 ? 'node' : 'nodes'}. ${question}`,
    lead: (rule: string) => `${rule} More than two thirds of the votes make a block final.`,
    join: 'Be the sixth node',
    joinNote: 'No account. Your tab becomes a real node.',
    guide: 'Or step by step: my first agent',
    liveHeading: (name: string) => `You are ${name}`,
    liveLead: (others: number) =>
      others === 0 ? 'Your tab is a real node, and the only one here so far.' : `Your tab is a real node. ${plural(others, 'other')} can hear it.`,
    ring: 'Ring',
    table: 'Table',
    viewLabel: 'Show nodes as',
    nodes: 'Nodes',
    nodesMore: (n: number) => `${n} more in the table`,
    nodesCapped: (shown: number, all: number) => `The first ${shown} of ${all}.`,
    loading: 'The simulation is loading.',
    loadingSlow: 'The simulator’s program is still on its way. On a slow network that takes a while; the button does not wait for it.',
    simFailed: (why: string) => `The simulation could not be started (${why}). You can be a node all the same.`,
    forBlock: (h: number) => `for block #${h}`,
    votes: (have: number, need: number) => `${have} of ${need} votes`,
    messagesDropped: (n: number) => `${n} more messages not drawn`,
    column: { node: 'Node', state: 'State', head: 'Height', final: 'Final', link: 'Link', votes: 'Votes', place: 'Place' },
    state: { online: 'here', offline: 'gone', observer: 'not voting yet', cut: 'cut off' },
    nodeState: (online: boolean, height: number | null) => (online ? (height === null ? 'here' : `here, at block #${height}`) : 'gone'),
    strip: 'Newest blocks',
    next: 'next',
    arrived: (here: number, line: number) => `${here} / ${line}`,
    arrivedSoFar: (here: number) => (here === 0 ? 'none so far' : `${here} so far`),
    emptyStrip: 'No blocks yet.',
    others: (n: number) => `+${n}`,
    othersLong: (n: number) => `and ${plural(n, 'other block')} of this height`,
    why: 'Why?',
    winner: 'Why it won',
    chips: 'What you can do now',
    feed: 'What happened',
    feedFilter: 'Show',
    feedEmpty: 'Nothing yet. It will not take long.',
    filters: { all: 'All', blocks: 'Blocks', social: 'Social', network: 'Network', faults: 'Faults' },
    pause: 'Pause',
    play: 'Play',
    knock: 'Knock a node offline',
    knocked: (name: string) => `${name} is offline.`,
    bringBack: (name: string) => `Bring ${name} back`,
    split: 'Split 3/2',
    heal: 'Heal',
    watchFrom: 'Look through its eyes',
    watchingFrom: 'You look through its eyes.',
    takeOffline: 'Knock it offline',
    takeOnline: 'Bring it back',
    makeMeme: 'Make a meme',
    findAlly: 'Find an ally',
    invite: 'Invite',
    cutMe: 'Cut me off',
    cutOne: 'Cut off',
    healOne: 'Reconnect',
    cutDone: 'You are cut off. Your blocks are tentative until you heal.',
    healDone: 'Healed. The chains come together now.',
    openNode: (name: string) => `${name}: details`,
    simSeed: 'Seed',
    copySeed: 'Copy a link to this very simulation'
  },
  picker: { family: 'Family', mode: 'Mode' },

  firstSteps: {
    label: 'Your first steps',
    uninvited: (name: string) => `This room takes members by invitation. Send your public key to ${name}:`,
    registering: 'Registering: the chain has to know this node first. That takes a block or two.',
    registered: 'Registered in block',
    founder: 'You founded this network: you are in its very first block.',
    needsDeposit: 'Votes weigh as much as deposits here: make one on the Node screen.',
    needsSpace: 'Votes weigh as much as registered disk space here.',
    proposed: (height: number) => `Your block for #${height} is on its way. Does it win?`,
    votesFrom: (height: number) => `You vote from #${height} on: a set of voters is fixed some epochs ahead.`,
    votesLater: 'A vote comes some epochs after the registration: a set of voters is fixed ahead.',
    tooFew: (members: number, needed: number, senior: string) =>
      `${members} of ${needed} members are here. From ${needed} on all of them vote${senior === '' ? '' : `; until then ${senior} votes alone`}.`,
    voting: 'You vote: no block is decided without a quorum that you belong to.'
  },
  story: {
    unknown: (name: string) => `${name}'s block is the one that a quorum voted for.`,
    andYou: (story: string, rank: number) => `${story.replace(/\.$/, '')}; you were ${NTH[rank] ?? `number ${rank + 1}`}.`
  },
  whyDialog: {
    title: (height: number) => `Why block #${height} won`,
    rule: (need: number, all: number) => `A block needs more than two thirds of all votes: ${need} of ${all}.`,
    unknown: 'This node came in later and did not see that round. The votes for the block are in its certificate.',
    outcome: { won: 'won', waiting: 'not needed', missing: 'no block came', disqualified: 'two blocks: out' },
    details: 'All about this block'
  },
  blockStatus: {
    tentative: 'tentative',
    proposed: 'proposed',
    notarised: 'notarised',
    final: 'final',
    stale: 'stale',
    fault: 'fault'
  },

  start: {
    heading: 'Joining',
    steps: { server: 'Ask where the network is', worker: 'Load the node', node: 'Open keys and blocks, find the others' } satisfies Record<StartStep, string>,
    done: 'done',
    elapsed: (ms: number) => `${duration(ms)} so far`,
    slow: {
      server: 'The server takes its time to answer. After 4 seconds the tab looks for others by itself.',
      worker: 'About 300 kB are on their way, which takes a while on a slow network.',
      node: 'The node is opening its store and reaching for the network. A relay that does not answer is the usual cause.'
    } satisfies Record<StartStep, string>,
    noServer: 'No server here: tabs of this browser find each other.',
    failed: 'The node could not start',
    retry: 'Try again',
    report: 'Copy report',
    reportName: 'report without keys'
  },
  conditions: {
    offline: (ms: number) => `This device is offline. What you see is ${duration(ms)} old; your own node goes on alone.`,
    asleep: (sleptMs: number, behind: number) => `This tab slept ${duration(sleptMs)} and is ${plural(behind, 'block')} behind. Catching up.`,
    syncing: (behind: number) => (behind > 0 ? `Catching up: ${plural(behind, 'block')} behind.` : 'Catching up with the others.'),
    fetching: ({ phase, height, done, total, bytes, peers, etaMs }: SyncingView) =>
      phase === 'checking'
        ? 'Far behind: checking the certificates of a newer state.'
        : `Fetching the state after block ${height}: ${done} of ${plural(total, 'part')} checked (${byteSize(bytes)}) from ${plural(peers, 'peer')}${etaMs === null || etaMs === 0 ? '' : `, about ${duration(etaMs)} left`}.`,
    fetched: 'Parts of the state that are here',
    noQuorum: (present: number, all: number, needed: number) => `${present} of ${all} voters are here, ${needed} are needed. Blocks are tentative until then.`,
    couldGoOn: (name: string) => `${name}, the authority of this room, could go on without them.`,
    nobodyCould: 'This room has no authority that could go on without them.',
    leaks: (heights: number) =>
      `After ${heights} heights without a final block those who are here go on by themselves; whoever was only cut off may then have another chain.`,
    waitingFor: (names: string[], more: number) => `Waiting for ${listed(names, more)}.`,
    reopen: 'Every tab of this browser that opens again takes one of the missing places.',
    alone: 'You are alone. Your blocks are only yours.',
    stateMismatch: (height: number) =>
      `This tab’s state at block #${height} is not the one that the validators signed: its memory or its program is broken. Do not rely on what it shows; reload to fetch the state anew.`,
    storageDenied: 'This browser denies storage. Everything is kept until you close this tab.',
    storageFull: (used: number, quota: number) => `Storage is nearly full: ${byteSize(used)} of ${byteSize(quota)}. Old blocks are let go.`,
    actions: {
      reload: 'Reload',
      goOn: 'Go on with those who are here…',
      invite: 'Invite someone',
      openTab: 'Open another tab',
      newNetwork: 'Or start anew',
      exportKey: 'Save your key',
      storage: 'See storage'
    }
  },
  room: {
    heading: 'Join a room',
    intro: 'Someone invites you into their network. Your tab becomes one of its nodes.',
    network: 'Network',
    through: 'Through',
    noRelay: 'no relay: tabs of this browser only',
    join: (name: string) => `Join as ${name}`,
    already: 'You are in this network already.',
    switch: (name: string) => `Leave the present network and join as ${name}`,
    goNow: 'See it',
    bad: 'This room link is damaged: the network’s name in it must be 64 hex digits. Ask for it again, or scan the code once more.'
  },
  notFound: { heading: 'There is no such screen', text: (path: string) => `Nothing is at “${path}”.`, back: 'Back to Now' },
  loadingScreen: 'Loading this screen.',
  failed: 'That did not work',
  screenFailed: 'This part of the page could not be loaded. The connection may be gone; try again once it is back.',
  publicKey: 'Public key',
  inLine: 'Who was in line',
  transport: {
    webrtc: ['direct', 'Straight from browser to browser over WebRTC. Goes on when the server dies.'],
    tab: ['tab', 'Another tab of this browser, without any network.'],
    websocket: ['server', 'A WebSocket to a server that is itself a node.'],
    relayed: ['relayed', 'Through a relay that passes sealed bytes on. Ends when the relay does.']
  } satisfies Record<Transport, [string, string]>
}

export type Messages = typeof en
