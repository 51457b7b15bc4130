// worker:commands to rows. A command that comes twice finds its row and changes nothing; an answer
// that was decided is in the same transaction.
#pragma once

#include "contracts/streams/entry.h"
#include "control/workers/setting.h"

namespace control {

// Durable when it returns. Failure: `invalid` for an entry that is not a command (a dead letter),
// else the store's.
[[nodiscard]] Result<void> take_command(const WorkersSetting& setting,
                                        const contracts::Entry& entry);

// Where responses about a worker of this type go.
[[nodiscard]] std::string_view response_stream(contracts::WorkerType type);

// The decided answer to a create, kept until it is on the stream.
[[nodiscard]] Result<void> respond_created(Queries& db, const WorkersSetting& setting,
                                           const WorkerRow& worker);
[[nodiscard]] Result<void> respond_not_created(Queries& db, const WorkersSetting& setting,
                                               const WorkerRow& worker, const std::string& why);
// To each delete that was asked for; to none when none was.
[[nodiscard]] Result<void> respond_deleted(Queries& db, const WorkersSetting& setting,
                                           const WorkerRow& worker);

}  // namespace control
