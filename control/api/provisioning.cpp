#include "control/api/provisioning.h"

#include "contracts/base/id.h"
#include "control/api/handlers.h"
#include "control/api/operators.h"
#include "control/store/periodic_tasks.h"
#include "control/store/provisioning.h"

namespace control {

namespace {

constexpr const char* kTrigger = "provisioner_trigger";

void answer_server(Write& write, Stored<contracts::Server> server) {
    const std::int64_t version = server.version;
    write.answer = with_etag(
        json_text_response(200, contracts::format_message(std::move(server.entity))), version);
}

// Without a scheduler this periodic task does not exist: the server waits until a daemon has one.
Result<void> hurry(Queries& db, contracts::Timestamp now) {
    Result<void> due = periodic_tasks::run_now(db, kTrigger, now);
    if (!due && due.error().kind == ErrorKind::not_found) return {};
    return due;
}

}  // namespace

void visit_fields(ProvisionOrder& order, contracts::FieldList& fields) {
    fields.defaulted("force_reinstall", order.force_reinstall);
    fields.defaulted("is_recovery", order.is_recovery);
}

void handle_provision(Exchange&& exchange) {
    if (const Result<void> may = check_operator(*exchange.caller); !may)
        return exchange.refuse(may.error());
    const std::optional<contracts::Json> json = take_json(exchange);
    if (!json) return;
    const Result<ProvisionOrder> order = contracts::read_message<ProvisionOrder>(*json);
    if (!order) return exchange.refuse(order.error());
    if (order->force_reinstall && !exchange.caller->is_admin())
        return exchange.refuse(
            {ErrorKind::permission,
             "this erases everything on the server; only an administrator may request it",
             "force_reinstall", "leave it out, or ask an administrator"});
    write_and_answer(std::make_shared<Write>(std::move(exchange)),
                     [order = *order](Transaction& tx, Write& write) -> Result<void> {
                         const Exchange& exchange = write.exchange;
                         const contracts::Timestamp now = exchange.context->clock.now();
                         auto server = provisioning::ask(tx,
                                                         {.server_id = exchange.id,
                                                          .handle = {},
                                                          .request_id = contracts::make_uuid4(),
                                                          .force_reinstall = order.force_reinstall,
                                                          .is_recovery = order.is_recovery},
                                                         now);
                         if (!server) return server.fault();
                         answer_server(write, *std::move(server));
                         return hurry(tx, now);
                     });
}

void handle_release(Exchange&& exchange) {
    if (const Result<void> may = check_operator(*exchange.caller); !may)
        return exchange.refuse(may.error());
    write_and_answer(std::make_shared<Write>(std::move(exchange)),
                     [](Transaction& tx, Write& write) -> Result<void> {
                         auto server = provisioning::release(tx, write.exchange.id);
                         if (!server) return server.fault();
                         answer_server(write, *std::move(server));
                         return {};
                     });
}

}  // namespace control
