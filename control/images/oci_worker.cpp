#include "control/images/oci_worker.h"

#include "control/images/context.h"
#include "control/images/oci_layout.h"
#include "control/images/sources.h"

#include <filesystem>

namespace control::images {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

constexpr std::string_view kConfig = "application/vnd.oci.image.config.v1+json";
constexpr std::string_view kManifest = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kWrapper = "/.worker/bin/worker-wrapper";
constexpr const char* kPath =
    "PATH=/.worker/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Base {
    OciDescriptor image;
    Json manifest;
    Json config;
};

Result<Base> read_base(const OciLayout& layout) {
    Result<OciDescriptor> image = layout.image();
    if (!image) return image.fault();
    Result<Json> manifest = layout.read(*image);
    if (!manifest) return manifest.fault();
    Result<OciDescriptor> named =
        OciDescriptor::from_json(manifest->value("config", Json::object()));
    if (!named) return named.fault();
    Result<Json> config = layout.read(*named);
    if (!config) return config.fault();
    const Json layers = manifest->value("layers", Json());
    const Json rootfs = config->value("rootfs", Json::object());
    if (!layers.is_array() || !rootfs.is_object() || !rootfs.value("diff_ids", Json()).is_array() ||
        contracts::text_at(*config, "architecture").empty())
        return fail(ErrorKind::invalid, "the base's image has no layers or no architecture",
                    "base");
    return Base{*std::move(image), *std::move(manifest), *std::move(config)};
}

// What stands for the Dockerfile in the input of the hash.
std::string recipe_of(const AgentPin& pin) {
    std::string recipe = "FROM ${BASE}\n";
    for (const std::string& file : pin.files)
        recipe += "COPY agent/" + file + " /usr/local/bin/" + file + "\n";
    recipe += source_file("wrapper.dockerfile");
    return recipe += source_file("entry.dockerfile");
}

Result<std::vector<TarEntry>> our_files(const OciOrder& order, const AgentPin& pin) {
    Result<std::vector<TarEntry>> files =
        agent_files(order.agent, pin, order.agents_directory, "usr/local/bin/");
    if (!files) return files;
    for (const char* program : {"orchestrator", "worker-wrapper"}) {
        const std::string path = order.programs + "/" + program;
        if (!std::filesystem::is_regular_file(path))
            return fail(ErrorKind::not_found, "there is no " + path, "WORKER_BIN_DIR",
                        "ci/build release makes it");
        files->push_back(
            {.name = std::string(".worker/bin/") + program, .mode = 0755, .path = path});
    }
    return files;
}

// The base's configuration with what the fragments of images/ say (base, entry), and our labels.
Json config_of(const Base& base, const OciLayer& layer, const std::string& input,
               const std::string& hash) {
    Json config = base.config;
    Json& run = config["config"];
    if (!run.is_object()) run = Json::object();
    Json variables = Json::array();
    for (const Json& variable : run.value("Env", Json::array()))
        if (variable.is_string() && !variable.get_ref<const std::string&>().starts_with("PATH=") &&
            !variable.get_ref<const std::string&>().starts_with("LANG="))
            variables.push_back(variable);
    variables.push_back("LANG=C.UTF-8");
    variables.push_back(kPath);
    run["Env"] = std::move(variables);
    run["Entrypoint"] = {kWrapper};
    run.erase("Cmd");
    run["WorkingDir"] = "/workspace";
    run["StopSignal"] = "SIGTERM";
    Json& labels = run["Labels"];
    if (!labels.is_object()) labels = Json::object();
    labels[std::string(kHashLabel)] = hash;
    labels[std::string(kInputLabel)] = input;
    config["rootfs"]["diff_ids"].push_back(layer.content);
    Json& history = config["history"];
    if (!history.is_array()) history = Json::array();
    history.push_back(
        {{"created", "1970-01-01T00:00:00Z"}, {"created_by", "orchestratord image write"}});
    return config;
}

Result<void> copy_layers(OciLayout& to, const OciLayout& from, const Json& layers) {
    for (const Json& layer : layers) {
        Result<OciDescriptor> blob = OciDescriptor::from_json(layer);
        if (!blob) return blob.fault();
        if (Result<void> copied = to.copy(from, *blob); !copied) return copied;
    }
    return {};
}

}  // namespace

Result<OciImage> write_oci(const OciOrder& order) {
    Result<OciLayout> from = OciLayout::open(order.base);
    if (!from) return from.fault();
    Result<Base> base = read_base(*from);
    if (!base) return base.fault();
    const std::string architecture = contracts::text_at(base->config, "architecture");
    Result<AgentPin> pin = agent_pin(order.agent, architecture);
    if (!pin) return pin.fault();
    const ImageInput input{.agent = order.agent,
                           .agent_version = pin->version,
                           .capabilities = {},
                           .base_digest = base->image.digest,
                           .recipe = recipe_of(*pin),
                           .scripts = {},
                           .architecture = architecture};
    Result<std::vector<TarEntry>> files = our_files(order, *pin);
    if (!files) return files.fault();
    OciImage written{.hash = capability_hash(input), .digest = {}};

    Result<OciLayout> to = OciLayout::create(order.to);
    if (!to) return to.fault();
    Json layers = base->manifest["layers"];
    if (Result<void> copied = copy_layers(*to, *from, layers); !copied) return copied.fault();
    Result<OciLayer> layer = to->put_layer(TarStream(*std::move(files)));
    if (!layer) return layer.fault();
    Result<OciDescriptor> config = to->put(
        config_of(*base, *layer, canonical_input(input), written.hash), std::string(kConfig));
    if (!config) return config.fault();
    layers.push_back(layer->blob.to_json());
    Result<OciDescriptor> manifest = to->put({{"schemaVersion", 2},
                                              {"mediaType", kManifest},
                                              {"config", config->to_json()},
                                              {"layers", std::move(layers)}},
                                             std::string(kManifest));
    if (!manifest) return manifest.fault();
    written.digest = manifest->digest;
    if (Result<void> named = to->set_image(*manifest, "worker:" + written.hash); !named)
        return named.fault();
    return written;
}

}  // namespace control::images
