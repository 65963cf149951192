// SPDX-License-Identifier: MIT
#include "envkeep/engine/hook.hpp"

#include "embedded/templates.hpp"
#include "engine/hook_file.hpp"
#include "engine/read_through.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/read.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

constexpr std::string_view mark = "# envkeep";
constexpr std::uint64_t largest_script = 1U << 20U;

std::string hook_path(const std::string& store_base) {
    return fmt::format("{}/{}/{}", store_base, store::names::folder, store::names::hook);
}

// Also where no shell script of the store's own runs it, so that a store which is not there is
// told.
std::string source_or_tell(const std::string& store_base) {
    return fmt::format(
        "if [ -r {0} ]; then . {0}; else echo \"envkeep: \"{0}\" is not there: is the store "
        "mounted?\" "
        ">&2 || :; fi",
        shell_quoted(hook_path(store_base)));
}

std::string source_line(const std::string& store_base) {
    const std::string hook = shell_quoted(hook_path(store_base));
    return fmt::format("[ ! -r {0} ] || . {0}", hook);
}

// It takes JUPYTER_TOKEN by itself, and makes a token where that is not set; an empty one in its
// arguments would let everybody in.
constexpr std::string_view jupyter_server = "jupyter lab --allow-root --ip=0.0.0.0 --no-browser";

std::string binary_path(const std::string& store_base) {
    return fmt::format("{}/{}/{}", store_base, store::names::folder, store::names::binary);
}

// For a process that is no shell: what the start line prints for shells becomes its variables.
std::string python_text(const std::string& store_base) {
    std::string text(embedded::templates::start_py);
    // Inside a string of Python, in double quotes.
    const auto word = [](const std::string& path) {
        return replaced(replaced(shell_quoted(path), "\\", "\\\\"), "\"", "\\\"");
    };
    text = replaced(std::move(text), "@BINARY@", word(binary_path(store_base)));
    return replaced(std::move(text), "@STORE@", word(store_base));
}

bool is_our_line(std::string_view line) {
    return trimmed(line).ends_with(mark) && line.find(store::names::hook) != std::string_view::npos;
}

// The script without our lines, and whether `wanted` was among them as it is.
struct Stripped {
    std::string text;
    bool had_wanted = false;
    bool had_other = false;
};

Stripped without_our_lines(std::string_view script, std::string_view wanted) {
    Stripped result;
    while (!script.empty()) {
        const std::size_t end = script.find('\n');
        const std::string_view line = script.substr(0, end);
        const std::string_view with_end =
            script.substr(0, end == std::string_view::npos ? end : end + 1);
        if (!is_our_line(line)) {
            result.text += with_end;
        } else if (line == wanted && !result.had_wanted) {
            result.had_wanted = true;
        } else {
            result.had_other = true;
        }
        script.remove_prefix(with_end.size());
    }
    return result;
}

struct Script {
    system::Place place;
    system::Status status;
    std::string text;
    bool is_elsewhere = false;  // the place is a link: the text is read, and never written
};

tl::unexpected<Error> not_ours_to_write(const World& world, const Script& script) {
    return failure(
        ErrorKind::conflict,
        fmt::format("{} is not a regular file", quoted(world.files.absolute(script.place))),
        "put the line of 'envkeep hook print --for pre-run' into the script that it leads to");
}

Result<Script> read_pre_run(const World& world, const store::Store& store) {
    Script script{.place = system::Place{.root = store.base, .path = {}}.child("pre-run.sh")};
    ENVKEEP_TRY(script.status, world.files.status(script.place));
    if (script.status.kind == system::Kind::absent) {
        return script;
    }
    if (script.status.kind == system::Kind::link) {
        script.is_elsewhere = true;
        const Result<system::Place> real =
            real_place(world.files, world.files.absolute(script.place));
        if (real) {
            script.text = world.files.read_file(*real, largest_script).value_or("");
        }
        return script;
    }
    if (script.status.kind != system::Kind::file) {
        return not_ours_to_write(world, script);
    }
    ENVKEEP_TRY(script.text, world.files.read_file(script.place, largest_script));
    return script;
}

// As the manifest says it, also where it has mistakes elsewhere: what a start would write.
std::chrono::milliseconds start_limit_of(const World& world, const store::Store& store) {
    const Result<manifest::Reading> reading = manifest::read(
        world.files.absolute(store.place(store::names::manifest)), read_through(world.files));
    return (reading ? reading->manifest : manifest::Manifest{}).start_limit;
}

// Written anew beside the old one and renamed over it, with the mode it had.
Result<void> write_pre_run(const World& world, const Script& script, const std::string& text) {
    const bool is_new = script.status.kind == system::Kind::absent;
    return world.writer->write_file(
        script.place,
        text,
        is_new ? 0644U : script.status.mode,
        is_new ? std::nullopt : std::optional<system::Status>(script.status));
}

}  // namespace

std::string hook_script(const std::string& store_base, std::chrono::milliseconds limit) {
    const std::string binary = shell_quoted(binary_path(store_base));
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(limit).count();
    std::string text(embedded::templates::hook_sh);
    text = replaced(std::move(text), "@LIMIT@", std::to_string(seconds));
    text = replaced(std::move(text), "@KILL_AFTER@", std::to_string(seconds + 2));
    text = replaced(std::move(text), "@BINARY@", binary);
    return replaced(std::move(text), "@STORE@", shell_quoted(store_base));
}

std::string hook_line(const std::string& store_base) {
    return fmt::format("{} {}", source_line(store_base), mark);
}

HookFor hook_use(std::string_view name) {
    const auto* const found = std::ranges::find(hook_uses, name);
    return found == hook_uses.end() ? HookFor::pre_run
                                    : static_cast<HookFor>(found - hook_uses.begin());
}

std::string hook_text(HookFor use, const std::string& store_base, const store::Advice& advice) {
    switch (use) {
        case HookFor::pre_run:
            return hook_line(store_base) + "\n";
        case HookFor::profile:
            return fmt::format("{} {}\n", source_or_tell(store_base), mark);
        case HookFor::container_command:
            return fmt::format("bash -c {}\n",
                               shell_quoted(fmt::format(
                                   "for i in 1 2 3 4 5; do [ -r {} ] || sleep 1; done; {}; exec {}",
                                   shell_quoted(hook_path(store_base)),
                                   source_or_tell(store_base),
                                   advice.server.empty() ? jupyter_server : advice.server)));
        case HookFor::notebook_cell:
            return std::string(advice.first) + python_text(store_base);
        case HookFor::jupyter_config:
            return python_text(store_base);
        case HookFor::lifecycle_script:
            return replaced(std::string(embedded::templates::lifecycle_sh),
                            "@HOOK@",
                            shell_quoted(hook_path(store_base)));
    }
    return {};
}

Result<bool> write_hook_file(const World& world,
                             const store::Store& store,
                             std::chrono::milliseconds limit) {
    const system::Place place = store.place(store::names::hook);
    const std::string wanted = hook_script(store.base_path, limit);
    const Result<std::string> there = world.files.read_file(place, largest_script);
    if (there && *there == wanted) {
        return false;
    }
    ENVKEEP_CHECK(world.writer->overwrite_own_file(place, wanted, 0644));
    return true;
}

Result<bool> write_hook_file(const World& world, const store::Store& store) {
    return write_hook_file(world, store, start_limit_of(world, store));
}

Result<HookReport> install_hook(const World& world, const store::Store& store) {
    HookReport report{.line = hook_line(store.base_path)};
    ENVKEEP_TRY(const bool wrote, write_hook_file(world, store));
    if (wrote) {
        report.changed.push_back(hook_path(store.base_path));
    }
    ENVKEEP_CHECK(install_line(world, store, report));
    return report;
}

Result<void> install_line(const World& world, const store::Store& store, HookReport& report) {
    ENVKEEP_TRY(const Script script, read_pre_run(world, store));
    const Stripped stripped = without_our_lines(script.text, report.line);
    report.was_there = stripped.had_wanted && !stripped.had_other;
    if (script.is_elsewhere && !stripped.had_wanted) {
        return not_ours_to_write(world, script);
    }
    report.file = world.files.absolute(script.place);
    if (report.was_there || script.is_elsewhere) {
        return {};
    }
    // First in the file: what follows may rely on the links, and an 'exit' there does not keep us
    // away.
    const bool has_shebang = stripped.text.starts_with("#!");
    const std::size_t first = has_shebang ? stripped.text.find('\n') : std::string::npos;
    std::string text = stripped.text;
    if (has_shebang && first == std::string::npos) {
        text += "\n" + report.line + "\n";
    } else {
        text.insert(has_shebang ? first + 1 : 0, report.line + "\n");
    }
    ENVKEEP_CHECK(write_pre_run(world, script, text));
    report.changed.push_back(report.file);
    return {};
}

Result<HookReport> remove_hook(const World& world, const store::Store& store) {
    HookReport report{.line = hook_line(store.base_path)};
    ENVKEEP_CHECK(remove_line(world, store, report));
    const system::Place hook = store.place(store::names::hook);
    ENVKEEP_TRY(const system::Status status, world.files.status(hook));
    if (status.kind == system::Kind::file) {
        ENVKEEP_CHECK(world.writer->remove_file(hook, status));
        report.changed.push_back(hook_path(store.base_path));
    }
    return report;
}

Result<void> remove_line(const World& world, const store::Store& store, HookReport& report) {
    ENVKEEP_TRY(const Script script, read_pre_run(world, store));
    report.file = world.files.absolute(script.place);
    const Stripped stripped = without_our_lines(script.text, report.line);
    report.was_there = stripped.had_wanted || stripped.had_other;
    if (!report.was_there) {
        return {};
    }
    if (script.is_elsewhere) {
        return failure(ErrorKind::conflict,
                       fmt::format("{} is a link, and our line stays in what it leads to",
                                   quoted(report.file)),
                       "take the line that ends in '# envkeep' out there; without hook.sh it does "
                       "nothing");
    }
    ENVKEEP_CHECK(write_pre_run(world, script, stripped.text));
    report.changed.push_back(report.file);
    return {};
}

}  // namespace envkeep::engine
