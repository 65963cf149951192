// SPDX-License-Identifier: MIT
#include "engine/init_manifest.hpp"

#include "embedded/templates.hpp"
#include "engine/carry_out.hpp"
#include "engine/init_import.hpp"
#include "engine/init_repository.hpp"
#include "engine/manifest_edit.hpp"
#include "engine/read_through.hpp"
#include "engine/store_claim.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/edit.hpp"
#include "envkeep/store/lease.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

constexpr std::string_view ending = ".yaml";

// Where the templates place the store and our programs; the real ones take their place.
constexpr std::string_view usual_base = "/storage";
constexpr std::string_view usual_part = ", append: [/storage/envkeep/bin]";

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

// Whether the home survives without us: it lies in a folder that does, and on a mount as that one.
bool home_persists(const World& world,
                   const std::string& home,
                   const std::string& store_base,
                   const store::Platform& platform) {
    const bool is_inside = is_path_within(home, store_base) ||
                           (!platform.store.empty() && is_path_within(home, platform.store));
    const std::optional<system::Mount> mount = store::mount_of(home, world.machine);
    return is_inside && mount && mount->point != "/";
}

std::string template_for(const store::Platform& platform, bool has_lasting_home) {
    if (has_lasting_home) {
        return "persistent-home";
    }
    if (platform.id == "gradient") {
        return platform.runs_pre_run ? "gradient-fastai" : "gradient-pytorch";
    }
    return platform.id == "colab" || platform.id == "kaggle" ? platform.id : "container";
}

// The element of PATH for our programs, with its key; empty where none can name the folder.
std::string path_part(const std::string& store_base) {
    const std::string programs =
        fmt::format("{}/{}/bin", store_base == "/" ? "" : store_base, store::names::folder);
    if (programs.find_first_of(":$\\") != std::string::npos || printable(programs) != programs) {
        return {};
    }
    return fmt::format("append: [{}]", manifest::text_value(programs));
}

// A template for the store in that folder. Above the variables only comments mention it.
std::string placed(const std::string& text, const std::string& store_base) {
    const std::string part = path_part(store_base);
    const std::size_t variables = std::min(text.find("\nenv:"), text.size());
    return replaced(text.substr(0, variables),
                    usual_base,
                    store_base == "/" ? std::string() : printable(store_base)) +
           replaced(text.substr(variables), usual_part, part.empty() ? part : ", " + part);
}

constexpr std::string_view auto_snapshot_line = "snapshot: {auto: on-change}";

// The templates have that line as a comment.
std::string with_auto_snapshot(const std::string& text) {
    const std::string comment = fmt::format("# {}\n", auto_snapshot_line);
    return text.find(comment) != std::string::npos
               ? replaced(text, comment, fmt::format("{}\n", auto_snapshot_line))
               : fmt::format("{}{}\n", text, auto_snapshot_line);
}

std::string line_of(const manifest::Keep& keep) {
    return fmt::format("~/{} -> {}", keep.path, keep.to.value_or(""));
}

// An imported store brings its own list; a template's keeps beside it would fight over the same
// places.
std::string imported_manifest(const std::string& from,
                              const std::string& store_base,
                              const std::vector<manifest::Keep>& keeps) {
    std::string text = fmt::format(
        "# What each session of this notebook comes up with; 'envkeep manifest schema' and "
        "docs/manifest.md\n# say what can stand here. Imported from {}: the data stays there.\n"
        "envkeep: 1\nkeep:\n",
        printable(from));
    for (const manifest::Keep& keep : keeps) {
        text += fmt::format("  {}\n", manifest::keep_text(keep));
    }
    const std::string part = path_part(store_base);
    return part.empty() ? text : text + fmt::format("env:\n  PATH: {{{}}}\n", part);
}

void add_imported(const std::vector<manifest::Keep>& keeps, ManifestPlan& plan) {
    for (const manifest::Keep& keep : keeps) {
        const Result<std::string> added = manifest::add_keep(plan.text, keep);
        if (!added) {
            plan.findings.push_back(
                {.id = "keep-conflict",
                 .severity = model::Severity::warning,
                 .subject = "~/" + keep.path,
                 .title = fmt::format("not imported: {}", added.error().message),
                 .fix = {.text = added.error().hint}});
        } else if (*added != plan.text) {
            plan.text = *added;
            plan.imported.push_back(line_of(keep));
        }
    }
}

void say_unused(const std::string& template_name, ManifestPlan& plan) {
    plan.findings.push_back(
        {.id = "template-not-used",
         .severity = model::Severity::warning,
         .subject = "manifest",
         .title = fmt::format("the store has a manifest already: template '{}' was not used",
                              template_name),
         .evidence = {plan.path},
         .fix = {.text = "to begin with the template, move that file away and run init again"}});
}

void say_not_automatic(ManifestPlan& plan) {
    plan.findings.push_back(
        {.id = "auto-snapshot-not-set",
         .severity = model::Severity::warning,
         .subject = "manifest",
         .title = "the store has a manifest already: snapshots by themselves were not set in it",
         .evidence = {plan.path},
         .fix = {.text = fmt::format("add to it, at the left margin: {}", auto_snapshot_line)}});
}

Result<void> plan_edit(const World& world,
                       const InitOptions& init,
                       const std::vector<manifest::Keep>& keeps,
                       ManifestPlan& plan) {
    if (!init.template_name.empty()) {
        say_unused(init.template_name, plan);
    }
    if (!init.import_from && init.adopt.empty() && !init.auto_snapshot) {
        return {};  // what is wrong in it is told by what reads it
    }
    ENVKEEP_TRY(plan.reading, manifest::read(plan.path, read_through(world.files)));
    if (init.auto_snapshot &&
        plan.reading.manifest.snapshot.automatic == manifest::AutoSnapshot::off) {
        say_not_automatic(plan);
    }
    if (init.import_from && plan.reading.problems.empty()) {
        ENVKEEP_TRY(plan.before, read_through(world.files)(plan.path));
        plan.text = plan.before;
        add_imported(keeps, plan);
    }
    return {};
}

// Said before the first write: nothing that is set up would work without a manifest.
Result<void> check_is_file(const World& world,
                           const std::string& path,
                           const Result<system::Status>& there) {
    const bool is_there = there && there->kind != system::Kind::absent;
    if (is_there && there->kind != system::Kind::file) {
        return failure(
            ErrorKind::usage,
            fmt::format("{} is no file: a manifest cannot be written or read there", quoted(path)),
            fmt::format("move it away, such as with: mv {0} {0}.old; then run init again",
                        shell_quoted(path)));
    }
    if (is_there) {
        return {};
    }
    const std::size_t slash = path.rfind('/');
    const auto folder = world.files.open_root(path.substr(0, slash));
    const auto name = RelPath::parse(path.substr(slash + 1));
    if (!folder || !name) {
        return {};  // the store is still to be made
    }
    ENVKEEP_TRY(const system::Seen seen, world.files.look({.root = *folder, .path = *name}));
    return seen.status.kind != system::Kind::link
               ? Result<void>()
               : failure(ErrorKind::usage,
                         fmt::format("{} is a link to {}, which is not there",
                                     quoted(path),
                                     quoted(seen.target)),
                         fmt::format("bring that file back, or remove the link: rm {}; then run "
                                     "init again",
                                     shell_quoted(path)));
}

}  // namespace

Result<ManifestPlan> plan_manifest(const World& world,
                                   const std::string& home,
                                   const std::string& store_base,
                                   const store::Platform& platform,
                                   const InitOptions& init) {
    const std::string name =
        init.template_name.empty()
            ? template_for(platform, home_persists(world, home, store_base, platform))
            : init.template_name;
    ENVKEEP_TRY(const std::string from_template, template_text(name));
    std::vector<manifest::Keep> keeps;
    const bool is_repository = init.import_from && names_repository(world, home, *init.import_from);
    if (init.import_from && !is_repository) {
        ENVKEEP_TRY(keeps, keeps_for_import(world, *init.import_from));
    }
    ManifestPlan plan{.path = fmt::format("{}/{}/{}",
                                          store_base == "/" ? "" : store_base,
                                          store::names::folder,
                                          store::names::manifest)};
    const Result<system::Status> there = world.files.follow(plan.path);
    ENVKEEP_CHECK(check_is_file(world, plan.path, there));
    plan.is_new = !there || there->kind == system::Kind::absent;
    if (!plan.is_new) {
        ENVKEEP_CHECK(plan_edit(world, init, keeps, plan));
        ENVKEEP_CHECK(plan_repository(world, home, store_base, init, plan));
        return plan;
    }
    plan.text = init.import_from && !is_repository
                    ? imported_manifest(*init.import_from, store_base, keeps)
                    : placed(from_template, store_base);
    if (init.auto_snapshot) {
        plan.text = with_auto_snapshot(plan.text);
    }
    for (const manifest::Keep& keep : keeps) {
        plan.imported.push_back(line_of(keep));
    }
    ENVKEEP_TRY(plan.reading,
                manifest::read(plan.path, [&](const std::string&) -> Result<std::string> {
                    return plan.text;
                }));
    ENVKEEP_CHECK(plan_repository(world, home, store_base, init, plan));
    return plan;
}

Result<void> write_manifest(const World& world,
                            const Options& options,
                            const store::Store& store,
                            const ManifestPlan& plan,
                            InitReport& report) {
    if (plan.is_new) {
        ENVKEEP_CHECK(world.writer->write_file(
            store.place(store::names::manifest), plan.text, 0644, std::nullopt));
        report.changed.push_back(fmt::format("made {}", plan.path));
        return {};
    }
    if (plan.text == plan.before) {
        return {};
    }
    Options of_store = options;
    of_store.manifest.reset();
    ENVKEEP_TRY(const Session session, open_session(world, of_store));
    ENVKEEP_TRY(const ManifestText before, read_manifest_text(world, session));
    if (before.text != plan.before) {
        return failure(ErrorKind::conflict,
                       fmt::format("{} was edited meanwhile", quoted(plan.path)),
                       "run init again");
    }
    ENVKEEP_TRY(const store::ChangesClaim claim,
                claim_store(world, session.store, "init --import"));
    store::Journal journal(journal_folder(session),
                           store::new_run("init --import", session.home_path, world.machine),
                           world.files,
                           *world.writer);
    ENVKEEP_CHECK(write_manifest_text(world, session, before, plan.text, journal));
    ENVKEEP_CHECK(journal.finish());
    report.run = journal.run().id;
    report.changed.push_back(fmt::format("edited {}", plan.path));
    return {};
}

}  // namespace envkeep::engine
