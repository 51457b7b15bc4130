#include "control/bus/bus.h"

namespace control {

using contracts::Connection;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

Result<Connection*> Bus::connection() {
    if (connection_ && !connection_->broken()) return &*connection_;
    Result<Connection> dialled = Connection::dial(address_);
    if (!dialled) return dialled.fault();
    const std::scoped_lock lock(guard_);
    if (interrupted_) return fail(ErrorKind::transient, "the role is stopping");
    connection_.emplace(std::move(*dialled));
    return &*connection_;
}

void Bus::interrupt() {
    const std::scoped_lock lock(guard_);
    interrupted_ = true;
    if (connection_) connection_->interrupt();
}

}  // namespace control
