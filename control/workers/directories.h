// A worker's directories on the host, and what lies in them before the agent has been near.
//
//   <workers>/<id>/control    root 0700; the gate's doors
//   <workers>/<id>/state      root 0700; PID 1's journal
//   <workers>/<id>/home       the worker's uid, 0700
//   <workers>/<id>/workspace  the worker's uid, 0700
//   <workers>/<id>/tmp        the worker's uid, 0700; for large temporary files
//   <workers>/<id>/accounts   root 0755; passwd and group, in which the worker's uid has its name
//   <workers>/<id>/worker.json  root 0600; what it was made from (manifest.h)
//
// As another user than root all are ours, and the worker's uid is ours too.
#pragma once

#include "control/workers/setting.h"

namespace control {

[[nodiscard]] WorkerDirectories directories_of(const WorkersSetting& setting,
                                               const std::string& worker_id);
[[nodiscard]] std::uint32_t uid_of(const WorkersSetting& setting, const WorkerRow& worker);

// All of them, empty but for a fresh clone of the worker's branch in the workspace, its
// instructions and the session that it is to go on with. What an earlier try left is removed first.
[[nodiscard]] Result<void> prepare_directories(const WorkersSetting& setting,
                                               const WorkerRow& worker);
// Whether anything of them is there: an earlier try got so far.
[[nodiscard]] bool has_directories(const WorkersSetting& setting, const std::string& worker_id);
// Gone already is success.
[[nodiscard]] Result<void> remove_directories(const WorkersSetting& setting,
                                              const std::string& worker_id);

}  // namespace control
