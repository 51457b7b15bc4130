// An `env.contract.yaml` of an untrusted repository.
#include "control/project_file/env_contract.h"
#include "tests/fuzz/target.h"

using contracts::ErrorKind;
using fuzz::require;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzz::text_of(data, size);
    const auto contract = control::read_env_contract(text);
    if (!contract) {
        require(contract.error().kind == ErrorKind::invalid, "a wrong file is the author's fault");
        require(contract.error().field == control::kEnvContractName, "a refusal names the file");
        return 0;
    }
    require(contract->size() <= control::kMaxContractEntries, "entries have a bound");
    for (const auto& [name, entry] : *contract) {
        require(!name.empty() && name.find('\0') == std::string::npos, "a name is a variable's");
        require(entry.value.find('\0') == std::string::npos, "a value fits into an environment");
    }
    control::EnvContract all = *contract;
    require(control::add_to_contract(all, *contract).has_value(), "the same again is fine");
    require(all == *contract, "the same again changes nothing");
    return 0;
}
