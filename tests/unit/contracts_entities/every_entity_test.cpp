#include "contracts/entities/catalog.h"
#include "contracts/entities/entities.h"
#include "contracts/entities/inventory.h"
#include "contracts/entities/secrets.h"
#include "tests/support/messages/message_checks.h"

using namespace contracts;
using namespace tests;

TEST_CASE("every entity holds what every message holds") {
    for (const MessageKind& kind :
         {kind_of<Project>("Project"), kind_of<Task>("Task"),
          kind_of<TaskExecution>("TaskExecution"), kind_of<User>("User"),
          kind_of<NewProject>("NewProject"), kind_of<NewTask>("NewTask"), kind_of<Server>("Server"),
          kind_of<Incident>("Incident"), kind_of<ServiceDeployment>("ServiceDeployment"),
          kind_of<Allocation>("Allocation"), kind_of<AgentConfig>("AgentConfig"),
          kind_of<ApiKey>("ApiKey"), kind_of<CreatedApiKey>("CreatedApiKey"),
          kind_of<AvailableModel>("AvailableModel"), kind_of<RagDocument>("RagDocument"),
          kind_of<RagChunk>("RagChunk"), kind_of<ProjectSecret>("ProjectSecret"),
          kind_of<SecretValue>("SecretValue")})
        check_message(kind);
}
