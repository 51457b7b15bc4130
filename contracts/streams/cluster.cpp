#include "contracts/streams/cluster.h"

#include "contracts/streams/names.h"

namespace contracts {

OwnedCommand cluster_question() {
    return {"EXISTS", names::answered("a"), names::answered("b")};
}

bool tells_of_cluster(ReplyView reply) {
    if (!reply.is_error()) return false;
    for (const std::string_view code : {"CROSSSLOT", "MOVED ", "ASK ", "CLUSTERDOWN"})
        if (reply.text().starts_with(code)) return true;
    return false;
}

Error cluster_error() {
    return Error{ErrorKind::fatal, "names a node of a Redis Cluster, which is not supported",
                 "REDIS_URL", "name a Redis that runs with cluster-enabled no"};
}

Result<void> refuse_cluster(Connection& connection) {
    const OwnedCommand question = cluster_question();
    Result<std::vector<Reply>> replies = connection.pipeline({&question, 1});
    if (!replies) return replies.fault();
    if (tells_of_cluster(replies->front().view())) return fail(cluster_error());
    return {};
}

}  // namespace contracts
