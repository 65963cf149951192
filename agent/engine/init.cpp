// SPDX-License-Identifier: MIT
#include "embedded/templates.hpp"
#include "engine/init_binary.hpp"
#include "engine/init_import.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/household.hpp"
#include "envkeep/manifest/edit.hpp"
#include "envkeep/store/findings.hpp"
#include "envkeep/store/lease.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

constexpr std::string_view ending = ".yaml";

std::vector<std::string_view> template_names() {
    std::vector<std::string_view> names;
    for (const auto& file : embedded::templates::files()) {
        if (file.name.ends_with(ending)) {
            names.push_back(file.name.substr(0, file.name.size() - ending.size()));
        }
    }
    return names;
}

Result<std::string> template_text(const std::string& name) {
    for (const auto& file : embedded::templates::files()) {
        if (file.name == name + std::string(ending)) {
            return std::string(file.content);
        }
    }
    const std::vector<std::string_view> names = template_names();
    std::string list;
    for (const std::string_view one : names) {
        list += list.empty() ? std::string(one) : fmt::format(", {}", one);
    }
    const std::string_view near = nearest(name, names);
    return failure(ErrorKind::usage,
                   fmt::format("there is no template {}", quoted(name)),
                   near.empty() ? fmt::format("templates: {}", list)
                                : fmt::format("did you mean '{}'? templates: {}", near, list));
}

std::string template_for(const store::Platform& platform) {
    if (platform.id != "gradient") {
        return "container";
    }
    return platform.runs_pre_run ? "gradient-fastai" : "gradient-pytorch";
}

// An imported store brings its own list; a template's keeps beside it would fight over the same
// places.
Result<std::string> first_manifest(const World& world,
                                   const store::Platform& platform,
                                   const InitOptions& init,
                                   InitReport& report) {
    if (!init.import_from) {
        return template_text(init.template_name.empty() ? template_for(platform)
                                                        : init.template_name);
    }
    ENVKEEP_TRY(const std::vector<manifest::Keep> keeps,
                keeps_for_import(world, *init.import_from));
    std::string text = fmt::format(
        "# What each session of this notebook comes up with; 'envkeep manifest schema' and "
        "docs/manifest.md\n# say what can stand here. Imported from {}: the data stays there.\n"
        "envkeep: 1\nkeep:\n",
        printable(*init.import_from));
    for (const manifest::Keep& keep : keeps) {
        text += fmt::format("  {}\n", manifest::keep_text(keep));
        report.imported.push_back(fmt::format("~/{} -> {}", keep.path, keep.to.value_or("")));
    }
    return text;
}

Result<void> import_into_existing(const World& world,
                                  const store::Store& store,
                                  const std::string& from,
                                  InitReport& report) {
    const system::Place place = store.place(store::names::manifest);
    ENVKEEP_TRY(const system::Status seen, world.files.status(place));
    ENVKEEP_TRY(const std::string before, world.files.read_file(place, 8U << 20U));
    std::string text = before;
    ENVKEEP_TRY(const std::vector<manifest::Keep> keeps, keeps_for_import(world, from));
    for (const manifest::Keep& keep : keeps) {
        const Result<std::string> added = manifest::add_keep(text, keep);
        if (!added) {
            report.findings.push_back(
                {.id = "keep-conflict",
                 .severity = model::Severity::warning,
                 .subject = "~/" + keep.path,
                 .title = fmt::format("not imported: {}", added.error().message),
                 .fix = {.text = added.error().hint}});
        } else if (*added != text) {
            text = *added;
            report.imported.push_back(fmt::format("~/{} -> {}", keep.path, keep.to.value_or("")));
        }
    }
    if (text != before) {
        ENVKEEP_TRY(const store::ChangesClaim claim,
                    store::ChangesClaim::take(
                        store, "init --import", world.machine, world.files, *world.writer));
        ENVKEEP_CHECK(world.writer->write_file(place, text, seen.mode, seen));
        report.changed.push_back(fmt::format("edited {}", report.manifest));
    }
    return {};
}

Result<void> ensure_manifest(const World& world,
                             const store::Store& store,
                             const InitOptions& init,
                             InitReport& report) {
    const system::Place place = store.place(store::names::manifest);
    report.manifest = world.files.absolute(place);
    ENVKEEP_TRY(const system::Status there, world.files.status(place));
    if (there.kind != system::Kind::absent) {
        return init.import_from ? import_into_existing(world, store, *init.import_from, report)
                                : Result<void>{};
    }
    ENVKEEP_TRY(const std::string text, first_manifest(world, report.platform, init, report));
    ENVKEEP_CHECK(world.writer->write_file(place, text, 0644, std::nullopt));
    report.changed.push_back(fmt::format("made {}", report.manifest));
    return {};
}

// A folder that is not mounted is lost with the container: refused where the platform's mount is
// expected, said where the user named the folder.
Result<void> check_mount(const World& world, const Options& options, InitReport& report) {
    const std::optional<system::Mount> mount = store::mount_of(report.choice.base, world.machine);
    if (mount && mount->point != "/") {
        return {};
    }
    if (!options.store && !world.machine.variable("ENVKEEP_STORE")) {
        return failure(
            ErrorKind::store_missing,
            fmt::format("{} is not a mount: what is put there is lost with this container",
                        quoted(report.choice.base)),
            fmt::format("start the notebook with its persistent storage, or name a folder that "
                        "persists with --store DIR ('--store {}' if this one really does)",
                        report.choice.base));
    }
    report.findings.push_back(
        {.id = "store-not-mounted",
         .severity = model::Severity::warning,
         .subject = "store",
         .title = "the store lies on the container's own disk: it is lost when the container is",
         .evidence = {fmt::format("{} is on the same mount as /", report.choice.base)},
         .fix = {.who = model::Who::restart,
                 .text = "where this is not meant, give the mounted folder with --store DIR"}});
    return {};
}

void explain_hook(const Result<HookReport>& hook, InitReport& report) {
    report.hook_is_sure = report.platform.runs_pre_run;
    report.hook_because = report.platform.hook_because;
    if (hook) {
        report.hook = *hook;
        for (const std::string& file : hook->changed) {
            report.changed.push_back(fmt::format("wrote {}", file));
        }
    }
    if (!report.hook_is_sure) {
        report.fallback = hook_text(HookFor::container_command, report.choice.base);
    }
}

}  // namespace

Result<InitReport> init(const World& world,
                        const Options& options,
                        const InitOptions& init,
                        const Listener& listener) {
    InitReport report;
    ENVKEEP_TRY(const std::string home, store::find_home(options.home, world.machine, world.files));
    report.platform = store::detect_platform(world.machine);
    ENVKEEP_TRY(report.choice,
                store::choose_store(options.store, world.own_binary, world.machine, world.files));
    if (init.rollback) {
        ENVKEEP_TRY(const store::Store store,
                    store::open_store(report.choice, world.machine, world.files));
        ENVKEEP_TRY(BinaryChange change, roll_back_binary(world, store));
        report.store = store.path;
        report.binary_note = std::move(change.note);
        report.changed = std::move(change.changed);
        return report;
    }
    ENVKEEP_CHECK(check_mount(world, options, report));
    if (!init.template_name.empty()) {
        ENVKEEP_CHECK(template_text(init.template_name));
    }
    const bool was_there = store::open_store(report.choice, world.machine, world.files).has_value();
    ENVKEEP_TRY(const store::Store store,
                store::create_store(report.choice, world.machine, world.files, *world.writer));
    ENVKEEP_CHECK(forget_other_store(world, home, store));
    report.store = store.path;
    if (!was_there) {
        report.changed.push_back(fmt::format("made the store {}", store.path));
    }
    ENVKEEP_CHECK(ensure_manifest(world, store, init, report));
    ENVKEEP_TRY(BinaryChange binary, install_binary(world, store));
    report.binary_note = std::move(binary.note);
    std::move(binary.changed.begin(), binary.changed.end(), std::back_inserter(report.changed));

    const Result<HookReport> hook = install_hook(world, store);
    ENVKEEP_CHECK(hook);
    explain_hook(hook, report);
    if (init.notice) {
        ENVKEEP_TRY(const std::vector<std::string> files, install_notice(world, home));
        for (const std::string& file : files) {
            report.changed.push_back(fmt::format("wrote {}", file));
        }
    }
    if (!init.adopt.empty()) {
        ENVKEEP_TRY(AdoptReport adopted, adopt(world, options, {.paths = init.adopt}, listener));
        report.ending = adopted.ending;
        report.adopted = std::move(adopted.restore);
    }
    std::ranges::move(store::store_findings(store, std::nullopt, world.machine, world.files),
                      std::back_inserter(report.findings));
    return report;
}

}  // namespace envkeep::engine
