#include "control/scheduler/provisioner_trigger.h"

#include "contracts/base/id.h"
#include "contracts/fields/write.h"
#include "contracts/messages/provisioner.h"
#include "contracts/streams/names.h"
#include "control/store/outbox.h"
#include "control/store/provisioning.h"

namespace control {

namespace {

Result<void> send(Queries& db, const ProvisioningRequest& request, contracts::Timestamp now) {
    contracts::ProvisionerMessage message;
    message.correlation_id = contracts::make_uuid4();
    message.timestamp = now;
    message.request_id = request.request_id;
    message.server_handle = request.handle;
    message.force_reinstall = request.force_reinstall;
    message.is_recovery = request.is_recovery;
    if (Result<void> posted =
            outbox::post(db, "provision:" + request.request_id, contracts::names::kProvisionerQueue,
                         contracts::write_message(message));
        !posted)
        return posted;
    return provisioning::mark_sent(db, request);
}

}  // namespace

PeriodicTask provisioner_trigger_task(Database& db, const contracts::Clock& clock,
                                      std::chrono::milliseconds interval) {
    return {.name = "provisioner_trigger",
            .interval = interval,
            .run_once = [&db, &clock](const Lease& lease,
                                      const std::stop_token&) -> Result<PeriodicOutcome> {
                std::size_t sent = 0;
                const Result<void> done = db.transaction([&](Transaction& tx) -> Result<void> {
                    if (Result<void> leads = leases::check(tx, lease); !leads) return leads;
                    const auto waiting = provisioning::unsent(tx);
                    if (!waiting) return waiting.fault();
                    for (const ProvisioningRequest& request : *waiting)
                        if (Result<void> went = send(tx, request, clock.now()); !went) return went;
                    sent = waiting->size();
                    return {};
                });
                if (!done) return done.fault();
                return PeriodicOutcome{.text = std::to_string(sent) + " servers were sent on"};
            }};
}

}  // namespace control
