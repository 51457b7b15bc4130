#include "control/store/transcripts.h"

#include "contracts/base/json.h"
#include "contracts/fields/write.h"
#include "control/store/run.h"
#include "control/store/stored_time.h"

namespace control {

void visit_fields(TranscriptLine& line, contracts::FieldList& fields) {
    fields.optional("at", line.at);
    fields.required("who", line.who);
    fields.required("text", line.text);
}

namespace transcripts {

Result<void> keep(Queries& db, const std::string& worker_id, std::vector<TranscriptLine> lines,
                  contracts::Timestamp now) {
    contracts::Json all = contracts::Json::array();
    for (TranscriptLine& line : lines)
        all.push_back(contracts::write_message(std::move(line)));
    return run(db,
               "INSERT INTO worker_transcripts (worker_id, lines, kept_at) VALUES ($1, $2, $3) "
               "ON CONFLICT (worker_id) DO UPDATE SET lines = excluded.lines, "
               "kept_at = excluded.kept_at",
               {worker_id, contracts::dump_json(all), stored(now)});
}

Result<contracts::Json> last_lines(Queries& db, const std::string& worker_id, std::size_t limit) {
    Result<Rows> found =
        db.query("SELECT lines FROM worker_transcripts WHERE worker_id = $1", {worker_id});
    if (!found) return found.fault();
    if (found->rows.empty())
        return fail(ErrorKind::not_found, "no transcript of this worker is kept", "id",
                    "a transcript is there once the worker has ended, if its agent keeps sessions");
    Result<contracts::Json> lines = contracts::parse_json(found->rows.front().text(0));
    if (!lines) return lines;
    const std::size_t size = lines->size();
    if (size > limit)
        lines->erase(lines->begin(), lines->begin() + static_cast<std::ptrdiff_t>(size - limit));
    return lines;
}

Result<std::int64_t> prune(Queries& db, contracts::Timestamp before, int limit) {
    const auto gone = db.query(
        "DELETE FROM worker_transcripts WHERE worker_id IN (SELECT worker_id FROM "
        "worker_transcripts WHERE kept_at < $1 ORDER BY kept_at LIMIT $2)",
        {stored(before), std::int64_t{limit}});
    if (!gone) return gone.fault();
    return gone->changed;
}

}  // namespace transcripts
}  // namespace control
