#include "control/workers/limit_watch.h"

#include "contracts/streams/names.h"
#include "control/workers/directories.h"
#include "control/workers/disk_use.h"
#include "control/workers/host_session.h"
#include "control/workers/limits.h"

#include <algorithm>

namespace control {

using namespace contracts;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kLookAtLimits = 5s;
constexpr std::chrono::seconds kMeasureEvery{30};
// So that one look after a long sleep of this daemon proves nothing.
constexpr int kFewestMisses = 3;

}  // namespace

LimitWatch::LimitWatch(const WorkersSetting& setting, EndSoon end_soon)
    : setting_(setting),
      end_soon_(std::move(end_soon)),
      bus_(setting.redis),
      loop_(
          "limits of workers", [this](const std::stop_token& stop) { return pass(stop); }, wake_,
          setting.log) {}

void LimitWatch::stop() {
    loop_.request_stop();
    bus_.interrupt();
    loop_.stop();
}

Result<std::chrono::milliseconds> LimitWatch::pass(const std::stop_token& stop) {
    Result<std::vector<WorkerRow>> running =
        workers::of_daemon(setting_.database, setting_.instance, WorkerPhase::running);
    if (!running) return running.fault();
    std::erase_if(watched_, [&](const auto& known) {
        return std::ranges::none_of(
            *running, [&](const WorkerRow& worker) { return worker.id == known.first; });
    });
    if (setting_.pulse_patience > 0s && !running->empty())
        if (Result<void> felt = feel_pulses(*running); !felt) return felt.fault();
    for (const WorkerRow& worker : *running)
        if (!stop.stop_requested() && !worker.paused_at) measure(worker);
    return std::min<std::chrono::milliseconds>(
        kLookAtLimits, setting_.pulse_patience > 0s ? setting_.pulse_patience / 4 : kLookAtLimits);
}

Result<void> LimitWatch::feel_pulses(const std::vector<WorkerRow>& workers) {
    std::vector<OwnedCommand> questions;
    for (const WorkerRow& worker : workers)
        questions.push_back({"EXISTS", names::worker_heartbeat(worker.id)});
    Result<Connection*> connection = bus_.connection();
    if (!connection) return connection.fault();
    Result<std::vector<Reply>> replies = (*connection)->pipeline(questions);
    if (!replies) return replies.fault();
    const Instant now = setting_.clock.instant();
    for (std::size_t at = 0; at < workers.size(); ++at) {
        const WorkerRow& worker = workers[at];
        Watched& watched = watched_[worker.id];
        if ((*replies)[at].view().integer() > 0 || worker.paused_at) {
            watched.missed_since.reset();
            watched.misses = 0;
            continue;
        }
        if (!watched.missed_since) watched.missed_since = now;
        ++watched.misses;
        if (watched.misses >= kFewestMisses &&
            now - *watched.missed_since >= setting_.pulse_patience)
            end_soon_(worker.id, EndCause::hung);
    }
    return {};
}

void LimitWatch::measure(const WorkerRow& worker) {
    Watched& watched = watched_[worker.id];
    const Instant now = setting_.clock.instant();
    if (now < watched.measure_at) return;
    watched.measure_at = now + kMeasureEvery;
    // So that a refreshed login is not lost with this daemon.
    try_return_host_session(setting_, worker);
    const std::int64_t limit = limits_of(setting_, worker).disk_bytes;
    if (limit == 0) return;
    const WorkerDirectories places = directories_of(setting_, worker.id);
    DiskUse use;
    for (const std::string& place : {places.workspace, places.home, places.temporary})
        if (Result<void> added = add_disk_use(place, use); !added)
            return setting_.log.warning(
                "a worker's files cannot be measured",
                {{"worker_id", worker.id}, {"error", added.error().describe()}});
    if (use.bytes <= limit && !use.too_many) return;
    setting_.log.warning(
        "a worker has more files than it may have",
        {{"worker_id", worker.id}, {"bytes", use.bytes}, {"limit", limit}, {"files", use.files}});
    end_soon_(worker.id, EndCause::disk_full);
}

}  // namespace control
