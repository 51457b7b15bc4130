#include "contracts/entities/entities.h"
#include "tests/support/messages/message_checks.h"

using namespace contracts;
using namespace tests;

TEST_CASE("every entity holds what every message holds") {
    for (const MessageKind& kind : {kind_of<Project>("Project"), kind_of<Task>("Task"),
                                    kind_of<TaskExecution>("TaskExecution"), kind_of<User>("User"),
                                    kind_of<NewProject>("NewProject"), kind_of<NewTask>("NewTask")})
        check_message(kind);
}
