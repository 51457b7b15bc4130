#include "contracts/streams/publisher.h"

namespace contracts {

OwnedCommand publish_command(std::string_view stream, std::string data) {
    return {"XADD", std::string(stream), "MAXLEN", "~", std::string(kStreamLength), "*",
            "data", std::move(data)};
}

Result<std::string> publish_data(Connection& connection, std::string_view stream,
                                 std::string data) {
    Result<Reply> reply = connection.command(publish_command(stream, std::move(data)));
    if (!reply) return fail(std::move(reply.error()).context("publish to " + std::string(stream)));
    return std::string(reply->view().text());
}

}  // namespace contracts
