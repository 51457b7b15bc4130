// A message of the contracts: its name on the first line, then its JSON.
#include "contracts/messages/worker_command.h"
#include "tests/fuzz/target.h"
#include "tests/support/messages/every_message.h"
#include "tests/support/messages/schema_check.h"

#include <algorithm>

using contracts::Json;
using fuzz::require;

namespace {

const tests::MessageKind& kind_named(std::string_view name) {
    static const std::vector<tests::MessageKind> kinds = tests::every_message();
    const auto found = std::ranges::find(kinds, name, &tests::MessageKind::name);
    return found != kinds.end() ? *found : kinds[fuzz::sum_of(name) % kinds.size()];
}

void check_refusal(const contracts::Error& error, std::string_view text) {
    require(error.kind == contracts::ErrorKind::invalid, "a refused message is invalid");
    require(!error.message.empty(), "a refusal says why");
    const auto document = contracts::parse_json(text);
    if (document && document->is_object())
        require(!error.field.empty(), "the refusal of an object names a field");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = fuzz::text_of(data, size);
    const tests::MessageKind& kind = kind_named(fuzz::take_until(text, '\n'));
    const contracts::Result<Json> read = kind.read(text);
    if (read) {
        const contracts::Result<Json> again = kind.read(contracts::dump_json(*read));
        require(again.has_value(), "what was written is read");
        require(*again == *read, "what was written is read as it was");
        require(tests::schema_fault(kind.schema, *read).empty(), "what is written fits the schema");
    } else {
        check_refusal(read.error(), text);
    }
    const auto command = contracts::parse_worker_command(text);
    if (!command) check_refusal(command.error(), text);
    return 0;
}
