#include "tests/support/messages/every_message.h"

#include "contracts/messages/chat.h"
#include "contracts/messages/dead_letter.h"
#include "contracts/messages/deploy.h"
#include "contracts/messages/developer.h"
#include "contracts/messages/engineering.h"
#include "contracts/messages/graph_command.h"
#include "contracts/messages/notice.h"
#include "contracts/messages/po.h"
#include "contracts/messages/progress.h"
#include "contracts/messages/provisioner.h"
#include "contracts/messages/scaffolder.h"
#include "contracts/messages/worker.h"
#include "contracts/messages/workflow.h"

namespace tests {

using namespace contracts;

std::vector<MessageKind> every_message() {
    return {kind_of<EngineeringMessage>("EngineeringMessage"),
            kind_of<EngineeringResult>("EngineeringResult"),
            kind_of<DeployMessage>("DeployMessage"),
            kind_of<DeployResult>("DeployResult"),
            kind_of<ScaffolderMessage>("ScaffolderMessage"),
            kind_of<ScaffolderResult>("ScaffolderResult"),
            kind_of<GraphCommand>("GraphCommand"),
            kind_of<CreateWorker>("CreateWorker"),
            kind_of<DeleteWorker>("DeleteWorker"),
            kind_of<WorkerStatusQuery>("WorkerStatusQuery"),
            kind_of<CreateWorkerResponse>("CreateWorkerResponse"),
            kind_of<DeleteWorkerResponse>("DeleteWorkerResponse"),
            kind_of<WorkerStatusResponse>("WorkerStatusResponse"),
            kind_of<WorkerLifecycleEvent>("WorkerLifecycleEvent"),
            kind_of<POWorkerInput>("POWorkerInput"),
            kind_of<POWorkerOutput>("POWorkerOutput"),
            kind_of<DeveloperWorkerInput>("DeveloperWorkerInput"),
            kind_of<DeveloperWorkerOutput>("DeveloperWorkerOutput"),
            kind_of<AgentVerdict>("AgentVerdict"),
            kind_of<ChatMessage>("ChatMessage"),
            kind_of<ChatReply>("ChatReply"),
            kind_of<Notice>("Notice"),
            kind_of<ProvisionerMessage>("ProvisionerMessage"),
            kind_of<ProvisionerResult>("ProvisionerResult"),
            kind_of<WorkflowTriggerRequest>("WorkflowTriggerRequest"),
            kind_of<WorkflowStatusResult>("WorkflowStatusResult"),
            kind_of<WorkflowStatusEvent>("WorkflowStatusEvent"),
            kind_of<ProgressEvent>("ProgressEvent"),
            kind_of<DeadLetter>("DeadLetter")};
}

}  // namespace tests
