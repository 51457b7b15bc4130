#include "contracts/messages/dead_letter.h"
#include "contracts/messages/deploy.h"
#include "contracts/messages/developer.h"
#include "contracts/messages/engineering.h"
#include "contracts/messages/graph_command.h"
#include "contracts/messages/po.h"
#include "contracts/messages/progress.h"
#include "contracts/messages/provisioner.h"
#include "contracts/messages/scaffolder.h"
#include "contracts/messages/worker.h"
#include "contracts/messages/workflow.h"
#include "tests/support/messages/message_checks.h"

using namespace contracts;
using namespace tests;

namespace {

std::vector<MessageKind> all_kinds() {
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
            kind_of<ProvisionerMessage>("ProvisionerMessage"),
            kind_of<ProvisionerResult>("ProvisionerResult"),
            kind_of<WorkflowTriggerRequest>("WorkflowTriggerRequest"),
            kind_of<WorkflowStatusResult>("WorkflowStatusResult"),
            kind_of<WorkflowStatusEvent>("WorkflowStatusEvent"),
            kind_of<ProgressEvent>("ProgressEvent"),
            kind_of<DeadLetter>("DeadLetter")};
}

template <class Check>
void each(Check check) {
    for (const MessageKind& kind : all_kinds()) {
        INFO(kind.name);
        check(kind);
    }
}

}  // namespace

TEST_CASE("every message reads back as it was written") {
    each(check_round_trip);
}

TEST_CASE("a required field that is missing or null is named, every other may be absent") {
    each(check_absent_fields);
}

TEST_CASE("a wrong type, an unknown choice or a value out of bounds is named") {
    each(check_wrong_values);
}

TEST_CASE("fields that a reader does not know change nothing") {
    each(check_unknown_fields);
}

TEST_CASE("a thousand mutations of each message end in a message or in an error that says why") {
    each(check_mutations);
}

TEST_CASE("the published schema says what the reader does") {
    each(check_schema);
}
