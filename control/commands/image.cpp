#include "control/commands/image.h"

#include "contracts/messages/packages.h"
#include "control/images/difference.h"
#include "control/images/oci_worker.h"
#include "control/images/sources.h"
#include "control/ports/image_settings.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;
using images::BuiltImage;
using images::Images;

namespace {

void print(const Json& document) {
    std::puts(contracts::dump_json(document).c_str());
}

Result<images::ImageRequest> request_of(const ImageWords& words) {
    auto agent = images::parse_agent(words.agent);
    if (!agent) return agent.fault();
    auto capabilities = images::parse_capabilities(words.capabilities);
    if (!capabilities) return capabilities.fault();
    auto packages = images::parse_packages(words.packages);
    if (!packages) return packages.fault();
    images::ImageRequest request{*agent, std::move(*capabilities), std::move(*packages)};
    if (words.service.empty()) return request;
    request.service = contracts::parse_choice<contracts::TestService>(words.service);
    if (!request.service)
        return fail(ErrorKind::invalid, "'" + words.service + "' is not one of postgres, redis",
                    "service");
    request.agent = contracts::AgentType::custom;
    return request;
}

Json as_json(const images::ImagePlan& plan) {
    return {
        {"hash", plan.hash}, {"tag", plan.tag}, {"base", plan.base_id}, {"present", plan.present}};
}

// The input of an image's hash, without an engine: the caller names the base image.
Result<images::ImageInput> input_of(const images::ImageRequest& request, const ImageWords& words,
                                    const images::Toolchains& toolchains) {
    auto pin = images::agent_pin(request.agent, words.architecture);
    if (!pin) return pin.fault();
    auto recipe = images::dockerfile(request, toolchains);
    if (!recipe) return recipe.fault();
    return images::ImageInput{
        request.agent,        std::move(pin->version),
        request.capabilities, words.base_digest,
        std::move(*recipe),   std::string(images::source_file("install-packages")),
        words.architecture,   request.packages};
}

Result<void> hash(Images& images, const ImageWords& words, const images::Toolchains& toolchains) {
    auto request = request_of(words);
    if (!request) return request.fault();
    if (words.base_digest.empty() != words.architecture.empty())
        return fail(ErrorKind::invalid, "give both or neither; without them the engine is asked",
                    "--base-digest, --architecture");
    images::ImageInput input;
    if (words.base_digest.empty()) {
        auto plan = images.plan(*request);
        if (!plan) return plan.fault();
        input = std::move(plan->input);
    } else {
        auto named = input_of(*request, words, toolchains);
        if (!named) return named.fault();
        input = std::move(*named);
    }
    std::puts(images::capability_hash(input).c_str());
    if (words.explain) std::puts(images::explain(input).c_str());
    return {};
}

Result<void> plan(Images& images, const ImageWords& words) {
    auto request = request_of(words);
    if (!request) return request.fault();
    auto plan = images.plan(*request);
    if (!plan) return plan.fault();
    Json shown = as_json(*plan);
    shown["packages"] = contracts::sorted_packages(request->packages);
    shown["dockerfile"] = plan->input.recipe;
    print(shown);
    return {};
}

Result<void> build(Images& images, const ImageWords& words) {
    auto request = request_of(words);
    if (!request) return request.fault();
    auto made = images.ensure(*request, [](std::string_view line) {
        std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    });
    if (!made) return made.fault();
    print(as_json(*made));
    return {};
}

Result<void> list(Images& images) {
    auto all = images.list();
    if (!all) return all.fault();
    for (const BuiltImage& image : *all) {
        auto input = contracts::parse_json(image.input);
        if (!input) return input.fault();
        print({{"hash", image.hash},
               {"tag", image.tag},
               {"id", image.id},
               {"bytes", image.bytes},
               {"created_at", contracts::format_timestamp(image.created_at)},
               {"agent", (*input)["agent"]},
               {"capabilities", (*input)["capabilities"]},
               {"packages", input->value("packages", Json::array())}});
    }
    return {};
}

Result<void> explain(Images& images, const ImageWords& words) {
    auto all = images.list();
    if (!all) return all.fault();
    std::string inputs[2];
    for (std::size_t i = 0; i < 2; ++i) {
        const auto found = std::ranges::find_if(*all, [&](const BuiltImage& image) {
            return image.hash == words.two[i] || image.tag == words.two[i];
        });
        if (found == all->end())
            return fail(ErrorKind::not_found, "the engine has no such worker image", words.two[i],
                        "orchestratord image list shows what it has");
        inputs[i] = found->input;
    }
    auto differ = images::differences(inputs[0], inputs[1]);
    if (!differ) return differ.fault();
    for (const std::string& line : *differ)
        std::puts(line.c_str());
    if (differ->empty()) std::puts("both have the same input");
    return {};
}

// Removes only unused images: the engine keeps an image that a container uses.
Result<void> collect(Images& images, const ImageWords& words) {
    auto all = images.list();
    if (!all) return all.fault();
    const contracts::Timestamp before =
        contracts::SystemClock().now() - std::chrono::days(words.days);
    for (const BuiltImage& image : *all) {
        if (image.created_at > before) continue;
        std::string done = "would be removed, unless a container uses it";
        if (!words.dry_run) {
            Result<void> removed = images.remove(image.hash);
            if (!removed && removed.error().kind != ErrorKind::conflict) return removed;
            done = removed ? "removed" : "kept: a container uses it";
        }
        print({{"hash", image.hash}, {"tag", image.tag}, {"bytes", image.bytes}, {"result", done}});
    }
    return {};
}

Result<void> write(const ImageWords& words, const images::ImageSettings& made_as,
                   const std::string& programs) {
    auto agent = images::parse_agent(words.agent);
    if (!agent) return agent.fault();
    auto written = images::write_oci({.agent = *agent,
                                      .base = words.base,
                                      .to = words.to,
                                      .agents_directory = made_as.agents_directory,
                                      .programs = programs});
    if (!written) return written.fault();
    print({{"hash", written->hash}, {"digest", written->digest}, {"layout", words.to}});
    return {};
}

void declare_request(CLI::App& command, ImageWords& words) {
    command.add_option("--agent", words.agent, "claude (default), factory, codex, custom or acp");
    command.add_option("--capabilities", words.capabilities,
                       "separated by commas: git, github_cli, curl, docker");
    command.add_option("--packages", words.packages,
                       "separated by commas: toolchains (go, java, node, python, rust, and those "
                       "of TOOLCHAINS) and packages of Debian as apt:NAME");
    command.add_option("--service", words.service,
                       "the image of a service beside a worker instead: postgres or redis");
}

}  // namespace

void declare_image(CLI::App& app, ImageWords& words) {
    CLI::App* image = app.add_subcommand("image", "worker images; no daemon is needed");
    image->require_subcommand(1);
    CLI::App* hash = image->add_subcommand("hash", "print the hash of an image's input");
    declare_request(*hash, words);
    hash->add_option("--base-digest", words.base_digest,
                     "the base image's id; with --architecture, no engine is needed");
    hash->add_option("--architecture", words.architecture, "as the engine names it, such as amd64");
    hash->add_flag("--explain", words.explain, "also print the input");
    declare_request(
        *image->add_subcommand("plan", "print the image's tag, and whether the engine has it"),
        words);
    declare_request(*image->add_subcommand("build", "build it unless the engine has it"), words);
    CLI::App* write = image->add_subcommand(
        "write", "write one without an engine: a base in the OCI layout, with our layer on top");
    write->add_option("--agent", words.agent, "claude (default), factory, codex, custom or acp");
    write
        ->add_option("--base", words.base,
                     "an OCI image layout, which has git and the packages already")
        ->required();
    write->add_option("--to", words.to, "the directory of the new layout; it must not exist")
        ->required();
    image->add_subcommand("list", "the worker images that the engine has, newest first");
    image->add_subcommand("explain", "print how two images differ")
        ->add_option("images", words.two, "two hashes or tags")
        ->required()
        ->expected(2);
    CLI::App* gc = image->add_subcommand("gc", "remove worker images that no container uses");
    gc->add_option("--older-than", words.days, "in days (7)")->check(CLI::Range(0, 36500));
    gc->add_flag("--dry-run", words.dry_run, "only print what would be removed");
}

Result<void> run_image(const CLI::App& app, const ImageWords& words, const Settings& settings) {
    auto made_as = image_settings(settings);
    if (!made_as) return made_as.fault();
    const CLI::App& image = *app.get_subcommand("image");
    if (image.got_subcommand("write")) return write(words, *made_as, settings.places.bin_directory);
    HttpClient http;
    Images images(std::move(*made_as), http, settings.runtime.docker_socket);
    if (image.got_subcommand("hash")) return hash(images, words, settings.runtime.toolchains);
    if (image.got_subcommand("plan")) return plan(images, words);
    if (image.got_subcommand("build")) return build(images, words);
    if (image.got_subcommand("list")) return list(images);
    if (image.got_subcommand("explain")) return explain(images, words);
    return collect(images, words);
}

}  // namespace control
