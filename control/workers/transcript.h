// The transcript of a worker whose processes have ended, read from the session that its agent has
// left in its home.
//
//   <workers>/<id>/transcript   ours, 0700; a copy of the session's files while they are read
#pragma once

#include "control/store/transcripts.h"
#include "control/workers/setting.h"

namespace control {

// Without lines: the agent keeps no session in files that we know, or it has not begun one.
// Failure: as copy_session_files.
[[nodiscard]] Result<std::vector<TranscriptLine>> read_transcript(const WorkersSetting& setting,
                                                                  const WorkerRow& worker,
                                                                  const std::string& session_id);

}  // namespace control
