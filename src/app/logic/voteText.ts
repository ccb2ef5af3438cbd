/** Whether an agent votes, and what it still takes, as one sentence. */
import type { AgentView, Status } from '../../bridge/views'
import { t } from '../i18n'
import { voteOutlook } from './firstSteps'

/** @param agents all that are known; the first voter among them votes alone while there are too few */
export function voteText(status: Status, me: AgentView | null, agents: readonly AgentView[]): string {
  const outlook = voteOutlook(status, me)
  switch (outlook.kind) {
    case 'voting':
      return t.firstSteps.voting
    case 'needs-deposit':
      return t.firstSteps.needsDeposit
    case 'needs-space':
      return t.firstSteps.needsSpace
    case 'from':
      return t.firstSteps.votesFrom(outlook.height)
    case 'too-few':
      return t.firstSteps.tooFew(outlook.members, outlook.needed, agents.find(agent => agent.validator)?.name ?? '')
    case 'later':
      return t.firstSteps.votesLater
  }
}
