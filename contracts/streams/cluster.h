// A node of a Redis Cluster takes single commands, so that a program seems to work; but the keys of
// one message lie on different nodes, and no transaction over them can be done. It is found before
// anything is begun: a command with two keys says so at once, whatever slots the node has.
#pragma once

#include "contracts/streams/connection.h"

namespace contracts {

// A command that changes nothing, of keys that every login of ours may read.
[[nodiscard]] OwnedCommand cluster_question();
// From its reply, or from any other's.
[[nodiscard]] bool tells_of_cluster(ReplyView reply);
// `fatal`, field REDIS_URL.
[[nodiscard]] Error cluster_error();

// Asks. Fails with cluster_error, and as Connection.
[[nodiscard]] Result<void> refuse_cluster(Connection& connection);

}  // namespace contracts
