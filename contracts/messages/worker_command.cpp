#include "contracts/messages/worker_command.h"

namespace contracts {

namespace {

template <class M>
Result<WorkerCommand> read_as(const Json& document, const ReadContext& context) {
    Result<M> message = read_message<M>(document, context);
    if (!message) return message.fault();
    return WorkerCommand(std::move(*message));
}

}  // namespace

Result<WorkerCommand> parse_worker_command(std::string_view text, const ReadContext& context) {
    Result<Json> document = parse_json(text);
    if (!document) return document.fault();
    if (!document->is_object()) return fail(ErrorKind::invalid, "must be a JSON object");
    const auto command = document->find("command");
    if (command == document->end()) return fail(ErrorKind::invalid, "is required", "command");
    if (*command == "create") return read_as<CreateWorker>(*document, context);
    if (*command == "delete") return read_as<DeleteWorker>(*document, context);
    if (*command == "status") return read_as<WorkerStatusQuery>(*document, context);
    return fail(ErrorKind::invalid, "must be one of: create, delete, status", "command");
}

}  // namespace contracts
