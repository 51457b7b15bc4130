#include "control/scheduler/unused_images.h"

#include "contracts/streams/image_use.h"
#include "contracts/streams/names.h"

#include <algorithm>

namespace control {

using contracts::Connection;
using contracts::Timestamp;

namespace {

// A text that is not a time counts as none, so that it cannot keep an image forever.
Result<Timestamp> last_use(Connection& connection, const StoredImage& image) {
    const auto answer = connection.command(
        {"HGET", contracts::names::worker_image(image.hash), contracts::kImageLastUsed});
    if (!answer) return answer.fault();
    const contracts::ReplyView said = answer->view();
    if (said.is_error()) return fail(contracts::error_of(said));
    const auto used = contracts::parse_timestamp(said.text());
    return used ? std::max(*used, image.made_at) : image.made_at;
}

}  // namespace

Result<ImageRemoval> remove_unused_images(const UnusedImagesNeeds& needs, Connection& connection,
                                          const std::stop_token& stop) {
    const auto images = needs.list();
    if (!images) return images.fault();
    const Timestamp before = needs.clock.now() - needs.keep();
    ImageRemoval removal;
    for (const StoredImage& image : *images) {
        if (stop.stop_requested()) break;
        const Result<Timestamp> used = last_use(connection, image);
        if (!used) return used.fault();
        if (*used > before) continue;
        const Result<void> removed = needs.remove(image.hash);
        if (!removed && removed.error().kind == ErrorKind::conflict) continue;
        if (!removed) return removed.fault();
        ++removal.removed;
        removal.bytes += image.bytes;
    }
    return removal;
}

PeriodicTask unused_images_task(UnusedImagesNeeds needs, std::shared_ptr<Bus> bus,
                                contracts::Log log, std::chrono::milliseconds interval) {
    return {
        .name = "images",
        .interval = interval,
        .run_once = [needs = std::move(needs), bus = std::move(bus), log = std::move(log)](
                        const Lease&, const std::stop_token& stop) -> Result<PeriodicOutcome> {
            const Result<Connection*> connection = bus->connection();
            if (!connection) return connection.fault();
            const Result<ImageRemoval> done = remove_unused_images(needs, **connection, stop);
            if (!done) return done.fault();
            if (done->removed > 0)
                log.info("unused images were removed",
                         {{"images", done->removed}, {"bytes", done->bytes}});
            return PeriodicOutcome{.text = std::to_string(done->removed) + " images were removed"};
        }};
}

}  // namespace control
