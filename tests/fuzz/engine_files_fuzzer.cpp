// SPDX-License-Identifier: MIT
#include "engine/accounts.hpp"
#include "engine/copy_records.hpp"
#include "engine/doctor_context.hpp"
#include "engine/exports_file.hpp"
#include "engine/finding_json.hpp"
#include "engine/good_session.hpp"
#include "engine/hook_file.hpp"
#include "engine/installed_deb.hpp"
#include "engine/layer_progress.hpp"
#include "engine/notice_file.hpp"
#include "engine/package_managers.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/household.hpp"
#include "envkeep/store/layout.hpp"
#include "fuzz/given.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

// Any bytes as a file that a story reads back, as what one of our processes tells another, and as a
// file of the machine that gets a line of ours; the first byte says which. A record reads back as
// it was; where a line of ours comes and goes, every other one stays byte for byte.
namespace envkeep::engine {
namespace {

using given::require;

class NoWalker final : public system::TreeWalker {
  public:
    std::vector<system::WalkError> walk(
        const system::Place& /*place*/,
        unsigned /*threads*/,
        const std::function<bool(const system::WalkEntry&)>& /*visit*/) override {
        return {};
    }
};

struct Given {
    given::Files files;
    given::Machine machine;
    NoWalker walker;
    World world{.files = files, .writer = &files, .machine = machine, .walker = walker};
    system::RootId home = *files.open_root("/root");
    store::Store store{.base = *files.open_root("/storage"),
                       .root = *files.open_root("/storage/envkeep"),
                       .base_path = "/storage",
                       .path = "/storage/envkeep",
                       .id = "s",
                       .created = {}};
};

void check_copy_record(Given& given, std::string_view text) {
    given.files.contents["/root/.envkeep-state/git/1.json"] = text;
    const auto records = copy_records(given.world, given.home);
    require(records.size() <= 1);
    for (const git::CopyReport& record : records) {
        const Json written = to_json(record);
        require(to_json(copy_report_of(written)) == written);
        require(record.change <= git::CopyChange::rebased);
    }
}

void check_finding(Given& /*given*/, std::string_view text) {
    const auto json = Json::parse(text);
    if (!json) {
        return;
    }
    const Json written = to_json(finding_of(*json));
    require(to_json(finding_of(written)) == written);
    const GoodSession session = good_session_of(*json);
    require(good_session_of(to_json(session)) == session);
    require(changes_of(session, session).empty());
}

void check_exports(Given& given, std::string_view text) {
    given.files.contents["/storage/envkeep/reports/exports.sh"] = text;
    const std::string exports = last_good_exports(given.world, given.store);
    require(exports.empty() || exports == text);
    require(exports.empty() || (exports.starts_with("export ") && exports.ends_with('\n')));
    require(exports.empty() || std::ranges::count(exports, '\'') % 2 == 0 ||
            exports.find('\\') != std::string::npos);
    require(keep_exports(given.world, given.store, exports).has_value());
    require(last_good_exports(given.world, given.store) == exports);
}

// The notice as it was written, and while a snapshot is coming.
void check_notice(Given& given, std::string_view text) {
    given.files.contents["/root/.envkeep-state/progress"] = text;
    require(LayerProgress::last(given.world, given.home).size() <= 1000);
    given.files.contents["/root/.envkeep-state/notice"] = text;
    const std::string before = read_notice(given.world, given.home);
    require(write_notice(given.world, given.home, before).has_value());
    const std::string again = read_notice(given.world, given.home);
    require(write_notice(given.world, given.home, again).has_value());
    // No line of ours has a bar at an end.
    require(again.find('|') != std::string::npos || read_notice(given.world, given.home) == again);
    LayerProgress(given.world, given.home).end(false);
}

// /etc/passwd and, behind a NUL, /etc/shadow.
void check_accounts(Given& /*given*/, std::string_view text) {
    const std::string_view accounts = given::take_part(text);
    std::string shadow(text);
    if (!shadow.empty() && !shadow.ends_with('\n')) {
        shadow += '\n';
    }
    const std::string lines = missing_shadow_lines(accounts, shadow);
    require(lines.empty() || lines.ends_with('\n'));
    require(missing_shadow_lines(accounts, shadow + lines).empty());
    for (const std::string_view line : split(lines, '\n')) {
        require(line.empty() || (line.ends_with(":!:::::::") && !line.starts_with(':')));
    }
    const std::string groups = missing_gshadow_lines(accounts, shadow);
    require(missing_gshadow_lines(accounts, shadow + groups).empty());
}

std::vector<std::string_view> lines_without(std::string_view text, std::string_view ours) {
    std::vector<std::string_view> lines = split(text, '\n');
    std::erase(lines, ours);
    if (!lines.empty() && lines.back().empty()) {
        lines.pop_back();
    }
    return lines;
}

void check_bashrc(Given& given, std::string_view text) {
    const std::string path = "/etc/bash.bashrc";
    constexpr std::string_view ours =
        "[ ! -r /etc/profile.d/envkeep.sh ] || . /etc/profile.d/envkeep.sh # envkeep";
    given.files.contents[path] = text;
    require(install_notice(given.world, "/root").has_value());
    require(given.files.contents[path].find(ours) != std::string::npos);
    require(lines_without(given.files.contents[path], ours) == lines_without(text, ours));
    const std::string installed = given.files.contents[path];
    require(install_notice(given.world, "/root").has_value());
    require(given.files.contents[path] == installed);
    require(remove_notice(given.world, "/root").has_value());
    require(lines_without(given.files.contents[path], ours) == lines_without(text, ours));
}

void check_pre_run(Given& given, std::string_view text) {
    const std::string path = "/storage/pre-run.sh";
    given.files.contents[path] = text;
    HookReport report{.line = hook_line("/storage")};
    require(remove_line(given.world, given.store, report).has_value());
    const std::string without = given.files.contents[path];
    require(install_line(given.world, given.store, report).has_value());
    const std::string with = given.files.contents[path];
    const auto lines = split(with, '\n');
    require(std::ranges::count(lines, report.line) == 1);
    require(lines_without(with, report.line) == lines_without(without, report.line));
    require(install_line(given.world, given.store, report).has_value());
    require(given.files.contents[path] == with);
    require(remove_line(given.world, given.store, report).has_value());
    require(lines_without(given.files.contents[path], {}) == lines_without(without, {}));
}

// dpkg's status, /proc/PID/cmdline and /proc/PID/status.
void check_texts(Given& /*given*/, std::string_view text) {
    const std::string control = control_of(text, "a", "amd64");
    require(control.size() <= text.size() + 1);
    require(control.empty() || (control.ends_with('\n') && control.find("\n\n") == control.npos));
    static_cast<void>(package_manager_of(text));
    static_cast<void>(is_in_inner_container(text));
}

const std::string gpu_folder = "/storage/envkeep/gpu";

// What the last good session had: a report of a machine that is well, and of a broken one.
void check_last_session(Given& given, std::string_view text) {
    given.files.contents[gpu_folder + "/last-good.json"] = text;
    const DoctorContext context{.home = "/root", .gpu_folder = gpu_folder};
    for (const auto severity : {model::Severity::info, model::Severity::error}) {
        DoctorReport report{.cards = {"Tesla T4 (0000:00:05.0)"}};
        report.diagnosis.findings.push_back({.id = "gpu-x",
                                             .severity = severity,
                                             .subject = "gpu",
                                             .title = "x",
                                             .is_cause = true});
        compare_with_good_session(given.world, context, report);
        require(report.diagnosis.findings.size() <= 2);
        for (const model::Finding& finding : report.diagnosis.findings) {
            require(!finding.title.empty());
            for (const std::string& line : finding.evidence) {
                require(line.find('\n') == std::string::npos);
            }
        }
    }
}

// Compatibility data in the store: taken if they are sound and newer, else told.
void check_data(Given& given, std::string_view text) {
    given.files.contents[gpu_folder + "/compat.json"] = text;
    const ChosenData chosen = choose_compat_data(given.world, {.gpu_folder = gpu_folder});
    require(chosen.of_store.has_value() != (chosen.findings.size() == 1));
    require(!chosen.data().cards.empty() && !chosen.data().branches.empty());
    for (const model::Finding& finding : chosen.findings) {
        require(!finding.title.empty() && !finding.evidence.empty());
        require(finding.evidence.front().find("compat.json") != std::string::npos);
    }
}

using Check = void (*)(Given&, std::string_view);
constexpr std::array<Check, 10> checks{check_copy_record,
                                       check_finding,
                                       check_exports,
                                       check_notice,
                                       check_accounts,
                                       check_bashrc,
                                       check_pre_run,
                                       check_texts,
                                       check_last_session,
                                       check_data};

}  // namespace
}  // namespace envkeep::engine

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    engine::Given given;
    engine::checks.at(given::take_choice(text, engine::checks.size()))(given, text);
    return 0;
}
