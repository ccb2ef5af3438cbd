/** What the Agent screen says: part of the messages, but kept apart, because only a screen that is loaded later says it and the first screen has a budget. */
import type { ExampleName, PresetName } from '../../agent/config/presets'
import type { Effect } from '../../agent/config/schema'
import type { AttemptOutcome, AttemptStep, DryRunRow } from '../../bridge/views'
import { percent } from '../logic/agentRun'
import { byteSize, interval } from '../logic/format'
import type { Practice } from '../logic/practice'
import { plural } from './en'

export const agentText = {
  heading: 'Agent',
  lead: 'Your agent decides what goes into your blocks and which turns you use, makes memes, finds allies, and likes or dislikes the blocks of others. Nothing of it changes what is valid.',
  presets: 'Begin with',
  preset: {
    basic: ['Basic', 'Takes its time: a block every ten seconds at most, a meme now and then, no allies.'],
    meme: ['Meme', 'Smaller blocks and good memes only, made for the memetic and the dramatic. Kind to everybody.'],
    social: ['Social', 'Friends among the emotional and the neutral, and loyal to them. A meme for each mood.'],
    performance: ['Performance', 'A block every two seconds if the room is fast enough, as full as it may be. No memes, no friends.']
  } satisfies Record<PresetName, [string, string]>,
  own: ['Own', 'What stands in the editor, changed by you.'],
  toggle: { on: 'yes', off: 'no' },
  compare: {
    heading: 'Compare the four',
    note: (heights: number, intervalMs: number) =>
      `Measured, not promised: two nodes of each in one simulated room, ${heights} heights, a block every ${interval(intervalMs)}. Your room will differ.`,
    figure: 'Over the run',
    made: 'Blocks made',
    acceptance: 'Accepted of those decided',
    liked: 'Approving opinions',
    perBlock: 'Transactions per block',
    fill: 'Own limit used',
    memes: 'Memes',
    quality: 'Their mean quality',
    alliances: 'Alliances proposed',
    gestures: 'Words of support or blame',
    influence: 'Influence at the end'
  },
  practice: {
    heading: 'Good habits',
    none: 'Nothing to measure yet.',
    tips: {
      network: ['Watch the network', 'A node that lags or has lost its peers makes blocks that come too late.', 'Turns and checks'],
      selection: [
        'Choose what goes in',
        'A fuller block pays more, and a late one pays nothing. Raise “Most transactions” when much is left out; lower it when blocks are lost.',
        'Each attempt is listed below.'
      ],
      memes: [
        'Few memes, good ones',
        'What counts is how new a meme is and whether it is about what the room talks of, not how many there are.',
        'Make one and see its parts'
      ],
      relations: [
        'Get on with validators',
        'Allies like your blocks better, rivals less. Praise, alliances that are kept and no broken word build trust, and influence with it.',
        'Trust and suggestions'
      ]
    } satisfies Record<Practice, [string, string, string]>,
    network: (peers: number, lag: number | null, ready: boolean) =>
      [
        plural(peers, 'peer'),
        lag === null ? 'height of the others unknown' : lag === 0 ? 'level with them' : `${plural(lag, 'block')} behind`,
        ready ? 'may make a block' : 'no turn now'
      ].join(', '),
    selection: (blocks: number, leftOut: number, fillMilli: number) =>
      `Last ${plural(blocks, 'block')}: ${leftOut === 0 ? 'nothing' : plural(leftOut, 'transaction')} left out for want of room; ${percent(fillMilli)} of the limit used on average.`,
    memes: (made: number, effect: number) => `${plural(made, 'meme')} so far, ${effect / 1000} reactions per meme in the last 32 blocks.`,
    relations: (approvals: number, rejections: number, influence: number) =>
      `${approvals} opinions for your blocks, ${rejections} against; influence ${influence} of 1000.`
  },
  presetFailed: 'The example files could not be loaded. The connection may be gone; the editor works without them.',
  retry: 'Try again',
  editor: {
    label: 'Edit as',
    form: 'Form',
    toml: 'TOML',
    script: 'Script',
    tomlLabel: 'Configuration as TOML',
    scriptLabel: 'Script',
    loading: 'The editor is loading; you can type already.',
    failed: 'The editor could not be loaded. This plain field does the same.',
    broken: 'The file has problems, and the form shows what it said before. Set them right under TOML.',
    problems: (n: number) => (n === 0 ? 'No problems' : plural(n, 'problem')),
    goTo: (line: number | null) => (line === null ? '' : `line ${line}`),
    saved: 'Drafts are kept in this browser.',
    notSaved: 'This browser keeps no drafts. Export what you want to keep.',
    undo: 'Undo',
    import: 'Import…',
    export: 'Export',
    share: 'Share',
    imported: (name: string) => `Imported: ${name}.`,
    tooLong: (name: string) => `${name} is too long to be an agent.`,
    noFile: (name: string) => `${name} is neither TOML nor JavaScript.`,
    shareName: 'link to this agent',
    scriptOn: 'A script decides within these bounds',
    scriptOnNote: 'Without one, the configuration decides alone.',
    examples: 'Examples',
    syntax: (line: number) => `line ${line}: this is no JavaScript.`,
    api: 'What a script sees and may answer'
  },
  example: {
    grinder: 'The grinder',
    'loyal-ally': 'The loyal ally',
    'drama-queen': 'The drama queen',
    'tit-for-tat': 'Tit for tat',
    poet: 'The poet',
    diplomat: 'The diplomat'
  } satisfies Record<ExampleName, string>,
  api: [
    ['decide(view)', 'is called once for each height. It has no clock, no network and no memory of its own, and the node does not wait for it.'],
    ['view.height, view.now, view.head, view.rules, view.peers', 'where the chain stands'],
    ['view.turn', '{ rank }, or null without a turn at this height'],
    ['view.mempool', '{ count, bytes, fees, best: [{ id, from, fee, bytes, own }] }'],
    ['view.me, view.agents', '{ key, name, balance, active, blocksMade, missed }; amounts are thousandths'],
    ['view.opinions', '[{ height, maker, judge, approves, score }], newest first'],
    [
      'view.social',
      '{ influence, people: [{ key, name, personality, influence, trustsMe, trusted, validator }], memes: [{ id, by, mine, height, quality, tags, love, like, dislike, answered }], alliances: [{ id, with, state }] }; null before it is on the chain'
    ],
    ['view.limits', '{ maxTransactions, spendLeft, weights, weightShift }'],
    ['view.memory', 'what the last answer had as memory'],
    ['answer.produce', 'true: use the turn; false: let it pass'],
    ['answer.maxTransactions, answer.order', 'fewer than allowed; fee, age, own or small first'],
    ['answer.weights', '{ technical, social, meme, extra }: together 1000, each near that of the configuration'],
    ['answer.transfers', '[{ to, amount }], within the spend limit'],
    [
      'answer.social',
      '{ meme: { text, tags, references, targets } or null, words: [{ to, what: "support" or "oppose" }], answers: [{ alliance, accept }] }: with it, even empty, nothing of the kind is done by the configuration at this height'
    ],
    ['answer.memory, answer.note', 'for the next call; for you']
  ] as [string, string][],
  effect: {
    'next-block': 'next own block',
    'next-start': 'next start',
    'next-height': 'from the next height on'
  } satisfies Record<Effect, string>,
  field: {
    name: 'Name',
    personality: 'Personality',
    block_interval: 'Own interval',
    max_block_size: 'Largest block',
    max_transactions: 'Most transactions',
    peers: 'Relays',
    'meme_config.enabled': 'Attach memes',
    'meme_config.quality_threshold': 'Least quality',
    'meme_config.creation_strategy': 'Memes by',
    'meme_config.target_personalities': 'Made for',
    'social_config.alliance_formation': 'Form alliances',
    'social_config.influence_threshold': 'Least influence',
    'social_config.relationship_strategy': 'Treats others',
    'script_config.spend_limit': 'Spend limit of the script'
  } as Record<string, string>,
  group: { '': 'Blocks', meme_config: 'Memes', social_config: 'Alliances', script_config: 'Script' } as Record<string, string>,
  unit: { s: 's', units: 'units', bytes: 'bytes', '': '' } as Record<string, string>,
  ofKey: 'What its key gives it',
  custom: 'Own weights',
  weights: { technical: 'Technical', social: 'Social', meme: 'Meme', extra: 'Extra', threshold: 'Threshold', chaos: 'Chaos' },
  weightsSum: (sum: string) => `The four weights add up to ${sum}; they have to make 1.`,
  nobody: 'everybody',
  onePerLine: 'one address per line',

  run: 'Run it',
  runJoin: 'Join and run it',
  running: 'It runs',
  runNote: (height: number) => `Replaces the present agent from block #${height} on, without a restart.`,
  runJoinNote: 'Your tab becomes a node, and this is its agent.',
  ran: (height: number) => `It runs from block #${height} on.`,
  undone: 'The agent from before is back.',
  undoRun: 'Undo',
  dryRun: 'Dry run',
  dryRunning: 'Trying the last heights.',
  dryRunNote:
    'What the script would have decided at the last 20 heights. Nothing is made, sent or spent; a block’s own transactions stand for what waited then.',
  dryRunLive: 'A dry run needs a chain: join first.',
  dryRunColumn: { height: 'Height', saw: 'It saw', decision: 'Decision', why: 'Remark or error', fuel: 'Fuel', memory: 'Memory' },
  saw: (waiting: number, maker: string, mine: boolean) => `${plural(waiting, 'transaction')}; made by ${mine ? 'you' : maker}`,
  decided: ({ produce, maxTransactions, order, transfers, weights, social }: NonNullable<DryRunRow['decision']>) =>
    [
      produce ? 'produce' : 'pass',
      ...(maxTransactions === null ? [] : [`at most ${maxTransactions}`]),
      ...(order === null ? [] : [`${order} first`]),
      ...(weights ? ['other weights'] : []),
      ...(transfers === 0 ? [] : [plural(transfers, 'transfer')]),
      ...(social?.meme === true ? ['a meme'] : []),
      ...(social === null || social.words === 0 ? [] : [plural(social.words, 'word')]),
      ...(social === null || social.answers === 0 ? [] : [plural(social.answers, 'answer')])
    ].join(', '),
  noDecision: 'none',
  line: (line: number) => `line ${line}`,

  now: {
    heading: 'At work',
    notLive: 'No agent is at work: this tab only watches a simulation.',
    default: 'The default: every turn is used, blocks as large as the chain allows.',
    own: (height: number) => `Your own, since block #${height}.`,
    made: 'Blocks made',
    acceptance: 'Accepted',
    acceptanceValue: (share: string, accepted: number, decided: number) => `${share} (${accepted} of ${decided})`,
    fill: 'Mean fill',
    fillValue: (transactions: string, bytes: string) => `${transactions} of the transactions, ${bytes} of the bytes`,
    missed: 'Turns not used',
    missedValue: (passed: number, missed: number) => (missed === 0 ? String(passed) : `${passed}; the chain counts ${missed} as missed`),
    waiting: 'Waiting here',
    waitingValue: (waiting: number, capacity: number) => `${waiting}, room for ${capacity}`,
    none: 'none yet',
    script: 'Script',
    scriptRunning: 'decides',
    scriptStopped: 'stopped',
    calls: (decisions: number, failures: number) => `${plural(decisions, 'decision')}${failures === 0 ? '' : `, ${plural(failures, 'call')} without one`}`,
    fuel: 'Fuel',
    memory: 'Memory',
    memoryValue: (used: number, limit: number) => `${byteSize(used)} of ${byteSize(limit)}`,
    wall: (ms: number) => `${ms} ms`,
    spent: 'Spent',
    spentValue: (spent: string, limit: string) => `${spent} of ${limit}`,
    problem: 'Last problem',
    stop: 'Stop the script'
  },
  attempts: {
    heading: 'Attempts to make a block',
    empty: 'None yet. The first one comes with this agent’s first turn.',
    more: (n: number) => `Show all ${n}`,
    fewer: 'Show the newest',
    column: { height: 'Height', place: 'Place', outcome: 'Outcome', fill: 'Transactions', bytes: 'Bytes', left: 'Left out', steps: 'Steps', by: 'Decided by' },
    outcome: {
      waiting: 'waiting',
      open: 'open',
      accepted: 'accepted',
      lost: 'lost to another',
      failed: 'failed',
      passed: 'turn passed'
    } satisfies Record<AttemptOutcome, string>,
    reason: {
      interval: 'own interval',
      script: 'the script let it pass',
      'tip-changed': 'the chain went on from another block',
      'store-failed': 'the disk refused the promise'
    } as Record<string, string>,
    step: {
      select: 'selected',
      build: 'built',
      store: 'promised',
      announce: 'announced',
      notarised: 'quorum',
      result: 'decided'
    } satisfies Record<AttemptStep, string>,
    stepAt: (name: string, ms: number) => `${name} +${ms} ms`,
    limit: (used: number | string, limit: number | string) => `${used} / ${limit}`,
    leftOut: (full: number, refused: number) =>
      [full > 0 ? `${full} full` : '', refused > 0 ? `${refused} not fit` : ''].filter(part => part !== '').join(', '),
    script: 'script',
    config: 'configuration'
  },
  life: {
    heading: 'Among the others',
    none: 'The default makes no memes and looks for no allies. Run an example, and it begins.',
    waiting: 'It begins with the next block.',
    influence: 'Influence',
    influenceValue: (influence: number, threshold: number) => `${influence} of 1000; below ${threshold} it changes what it does`,
    effect: 'What it brings',
    effectValue: (meme: number, social: number, relationship: number) =>
      `memes ${meme}, alliances and approval ${social}, trust ${relationship > 0 ? '+' : ''}${relationship}`,
    effectNote: 'Over the last 32 blocks, in thousandths: reactions per meme; alliances accepted and blocks approved of; change of the mean trust in it.',
    now: 'What it does now',
    nowValue: (strategy: string, asks: number, pause: number) =>
      `memes: ${strategy}; proposes to whom suits by more than ${asks}; a kind or unkind word every ${pause} blocks`,
    counts: 'Since it began',
    countsValue: (memes: number, gestures: number, adjustments: number) =>
      `${plural(memes, 'meme')}, ${plural(gestures, 'word')}, ${plural(adjustments, 'change of strategy', 'changes of strategy')}`,
    told: 'Last',
    preferences: 'Whom its memes are for',
    noPreferences: 'Nobody here is of the kinds that it makes memes for.',
    column: { name: 'Agent', kind: 'Personality', opinions: 'Opinions on your blocks' },
    opinions: (approvals: number, rejections: number) => (approvals + rejections === 0 ? '–' : `${approvals} for, ${rejections} against`)
  },
  shared: {
    heading: 'Somebody shared an agent with you',
    note: 'It is only shown. Nothing of it runs until you take it into the editor and press “Run it”. A script can spend no more than the limit in its configuration.',
    take: 'Take it into the editor',
    discard: 'Discard',
    damaged: 'This link is damaged: no agent can be read from it. Ask for it again.',
    loading: 'Unpacking what was shared.',
    spends: (limit: string) => `Its script may spend up to ${limit}. Lower the limit in the form if that is too much.`,
    toml: 'Configuration',
    script: 'Script'
  }
}
