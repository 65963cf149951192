// SPDX-License-Identifier: MIT
#include "engine/copy_records.hpp"

#include "engine/finding_json.hpp"
#include "envkeep/core/digest.hpp"
#include "envkeep/store/fields.hpp"
#include "envkeep/store/layout.hpp"

namespace envkeep::engine {
namespace {

constexpr std::uint64_t longest_copy_record = std::uint64_t{1} << 20U;
constexpr std::size_t most = 1000;

system::Place folder_in(system::RootId home) {
    return system::Place{.root = home, .path = {}}.child(store::names::state).child("git");
}

// A record may be of another version, or of anybody.
git::CopyChange change_in(const Json& json) {
    const std::uint64_t number = store::unsigned_member(json, "change");
    return number <= static_cast<std::uint64_t>(git::CopyChange::rebased)
               ? static_cast<git::CopyChange>(number)
               : git::CopyChange::nothing;
}

}  // namespace

Json to_json(const git::CopyReport& report) {
    Json findings = Json::array();
    for (const model::Finding& finding : report.findings) {
        findings.add(to_json(finding));
    }
    return Json()
        .set("subject", json_bytes(report.subject))
        .set("change", static_cast<int>(report.change))
        .set("pushed", report.is_pushed)
        .set("before", json_bytes(report.before))
        .set("after", json_bytes(report.after))
        .set("commits", static_cast<std::uint64_t>(report.commits))
        .set("network", report.is_network_at_fault)
        .set("after_another", report.is_after_another)
        .set("answer", json_bytes(report.answer))
        .set("findings", std::move(findings));
}

git::CopyReport copy_report_of(const Json& json) {
    git::CopyReport report{.subject = store::bytes_member(json, "subject"),
                           .change = change_in(json),
                           .is_pushed = json.flag_or("pushed", false),
                           .before = store::bytes_member(json, "before"),
                           .after = store::bytes_member(json, "after"),
                           .commits = store::unsigned_member(json, "commits"),
                           .is_network_at_fault = json.flag_or("network", false),
                           .is_after_another = json.flag_or("after_another", false),
                           .answer = store::bytes_member(json, "answer")};
    const Json* const findings = json.find("findings");
    if (findings != nullptr && findings->as_array() != nullptr) {
        for (const Json& finding : *findings->as_array()) {
            report.findings.push_back(finding_of(finding));
        }
    }
    return report;
}

void keep_copy_record(const World& world, const Session& session, const git::CopyReport& report) {
    const system::Place folder = folder_in(session.home);
    if (world.writer == nullptr || !world.writer->make_folders(folder, 0700)) {
        return;
    }
    const std::string name = digest_of(report.subject).text().substr(0, 16) + ".json";
    static_cast<void>(
        world.writer->overwrite_own_file(folder.child(name), to_json(report).compact(), 0600));
}

std::vector<git::CopyReport> copy_records(const World& world, system::RootId home) {
    std::vector<git::CopyReport> records;
    const Result<std::vector<system::Entry>> entries = world.files.list(folder_in(home));
    if (!entries) {
        return records;
    }
    for (const system::Entry& entry : *entries) {
        const Result<Json> json =
            world.files.read_file(folder_in(home).child(entry.name), longest_copy_record)
                .and_then(Json::parse);
        if (json && records.size() < most) {
            records.push_back(copy_report_of(*json));
        }
    }
    return records;
}

}  // namespace envkeep::engine
