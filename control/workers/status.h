// Workers as the bus shows them: the hash worker:status:{id}, and the creates that wait for a slot,
// oldest first, in the list worker:creation_queue (one JSON object each: request_id, worker_id,
// name, worker_type, created_at).
#pragma once

#include "control/bus/bus.h"
#include "control/workers/setting.h"

namespace control {

[[nodiscard]] Result<void> show_starting(const WorkersSetting& setting, const WorkerRow& worker);
// Records when an image ("worker:{hash}") was last used; any other name is ignored.
void show_image_used(const WorkersSetting& setting, const std::string& image);
// The final message of a worker that has ended by itself is kept.
[[nodiscard]] Result<void> show_ended(const WorkersSetting& setting, const WorkerRow& worker);
// The agent's session that a worker last reported, or else the one it was created with; empty:
// none.
[[nodiscard]] Result<std::string> session_of(Bus& bus, const WorkerRow& worker);
// Erases all keys of the worker: status, heartbeat, input.
[[nodiscard]] Result<void> erase_from_bus(const WorkersSetting& setting, const WorkerRow& worker);

[[nodiscard]] std::vector<std::string> queue_entries(const std::vector<WorkerRow>& queued);
[[nodiscard]] Result<void> show_queue(Bus& bus, const std::vector<std::string>& entries);

}  // namespace control
