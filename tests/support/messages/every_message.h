// Every message of contracts/messages.
#pragma once

#include "tests/support/messages/message_kind.h"

namespace tests {

[[nodiscard]] std::vector<MessageKind> every_message();

}  // namespace tests
