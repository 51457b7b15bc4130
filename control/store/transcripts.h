// What agents said and did, kept after the end of their workers. Functions over Queries.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/fields/field_list.h"
#include "control/store/database.h"

namespace control {

// note: ours, about lines that are left out.
enum class TranscriptSpeaker { prompt, agent, tool, result, note };
inline constexpr std::string_view kTranscriptSpeakerNames[] = {"prompt", "agent", "tool", "result",
                                                               "note"};
constexpr contracts::Choices choices_of(TranscriptSpeaker) {
    return kTranscriptSpeakerNames;
}

struct TranscriptLine {
    std::optional<contracts::Timestamp> at;
    TranscriptSpeaker who = TranscriptSpeaker::agent;
    std::string text;  // a tool's line has its name and its input
};
void visit_fields(TranscriptLine& line, contracts::FieldList& fields);

namespace transcripts {

// Replaces an earlier one.
[[nodiscard]] Result<void> keep(Queries& db, const std::string& worker_id,
                                std::vector<TranscriptLine> lines, contracts::Timestamp now);
// At most the last `limit` lines, the oldest first, as a JSON array. Failure: `not_found`, if none
// is kept.
[[nodiscard]] Result<contracts::Json> last_lines(Queries& db, const std::string& worker_id,
                                                 std::size_t limit);
// Erases transcripts that were kept before then, at most `limit`. Returns how many.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp before, int limit);

}  // namespace transcripts
}  // namespace control
