#include "contracts/streams/publisher.h"

#include "contracts/streams/names.h"
#include "contracts/streams/words.h"

namespace contracts {

bool is_queue_of_work(std::string_view stream) {
    for (const std::string_view queue :
         {names::kEngineeringQueue, names::kDeployQueue, names::kScaffolderQueue,
          names::kScaffolderResults, names::kWorkerCommands, names::kWorkerResponsesPo,
          names::kWorkerResponsesDeveloper, names::kDeveloperInput, names::kDeveloperOutput,
          names::kProvisionerQueue, names::kProvisionerResults, names::kGraphCommands})
        if (stream == queue) return true;
    return stream.starts_with("worker:") && stream.ends_with(":input");
}

OwnedCommand publish_command(std::string_view stream, std::string data) {
    OwnedCommand command = words({"XADD", stream});
    if (!is_queue_of_work(stream))
        add_words(command, {"MAXLEN", "~", std::to_string(kStreamLength)});
    add_words(command, {"*", "data"});
    command.push_back(std::move(data));
    return command;
}

OwnedCommand expire_command(std::string_view key, std::chrono::seconds after) {
    return words({"EXPIRE", key, std::to_string(after.count())});
}

Result<std::string> publish_data(Connection& connection, std::string_view stream,
                                 std::string data) {
    Result<Reply> reply = connection.command(publish_command(stream, std::move(data)));
    if (!reply) return fail(std::move(reply.error()).context("publish to " + std::string(stream)));
    return std::string(reply->view().text());
}

}  // namespace contracts
