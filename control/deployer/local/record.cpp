#include "control/deployer/local/record.h"

#include "contracts/base/sha256.h"
#include "control/deployer/local/json_file.h"

namespace control::deployer {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

std::string file_in(const std::string& directory) {
    return directory + "/record.json";
}

}  // namespace

Result<Record> read_record(const std::string& directory) {
    const auto json = read_json_file(file_in(directory));
    if (!json) return json.fault();
    try {
        return Record{
            .name = {json->at("key").get<std::string>(), json->at("version").get<std::string>()},
            .commit = json->at("commit").get<std::string>(),
            .health = json->at("health").get<std::string>(),
            .address = json->at("address").get<std::string>(),
            .port = json->at("port").get<std::uint16_t>(),
            .inner_port = json->at("inner_port").get<std::uint16_t>(),
            .url = json->at("url").get<std::string>(),
            .salt = json->at("salt").get<std::string>(),
            .fingerprint = json->at("fingerprint").get<std::string>(),
            .secrets = json->at("secrets").get<std::vector<std::string>>()};
    } catch (const Json::exception&) {
        return fail(ErrorKind::invalid, file_in(directory) + " is not what a deployment wrote");
    }
}

Result<void> write_record(const std::string& directory, const Record& record) {
    return write_json_file(file_in(directory), {{"key", record.name.key},
                                                {"version", record.name.version},
                                                {"commit", record.commit},
                                                {"health", record.health},
                                                {"address", record.address},
                                                {"port", record.port},
                                                {"inner_port", record.inner_port},
                                                {"url", record.url},
                                                {"salt", record.salt},
                                                {"fingerprint", record.fingerprint},
                                                {"secrets", record.secrets}});
}

std::string fingerprint_of(const DeploymentSpec& spec, const std::string& salt) {
    const Json all{salt,
                   spec.repository,
                   spec.commit,
                   spec.setup,
                   spec.run,
                   spec.health,
                   spec.port,
                   spec.environment,
                   spec.secrets,
                   spec.outbound,
                   spec.limits.memory_bytes,
                   spec.limits.cpus,
                   spec.limits.pids};
    return contracts::sha256_hex(contracts::dump_json(all));
}

}  // namespace control::deployer
