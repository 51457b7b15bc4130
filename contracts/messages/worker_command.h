// worker:commands carries three messages, distinguished by `command`.
#pragma once

#include "contracts/fields/read.h"
#include "contracts/messages/worker.h"

namespace contracts {

[[nodiscard]] Result<WorkerCommand> parse_worker_command(std::string_view text,
                                                         const ReadContext& context = {});

}  // namespace contracts
