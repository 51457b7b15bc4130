// A node of a Redis Cluster accepts single commands, so a program seems to work; but the keys of
// one message are on different nodes, and no transaction can include them all. We detect this
// before any work starts: a command with two keys fails at once, whatever slots the node has.
#pragma once

#include "contracts/streams/connection.h"

namespace contracts {

// A command that changes nothing, with keys that each of our logins may read.
[[nodiscard]] OwnedCommand cluster_question();
// Whether this reply, or one to any other command, shows a cluster.
[[nodiscard]] bool tells_of_cluster(ReplyView reply);
// `fatal`, field REDIS_URL.
[[nodiscard]] Error cluster_error();

// Asks the server. Fails with cluster_error, and as Connection does.
[[nodiscard]] Result<void> refuse_cluster(Connection& connection);

}  // namespace contracts
