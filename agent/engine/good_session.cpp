// SPDX-License-Identifier: MIT
#include "engine/good_session.hpp"

#include "engine/image_names.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/fields.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace envkeep::engine {
namespace {

constexpr std::int64_t format = 1;
constexpr std::uint64_t largest_good_record = 64U << 10U;

// The session of one container, and what there was before it.
struct Memory {
    system::Container container;
    GoodSession session;
    std::optional<GoodSession> before;

    // What this container's sessions are compared with.
    [[nodiscard]] const GoodSession* last(const system::Container& here) const {
        if (container != here) {
            return &session;
        }
        return before ? &*before : nullptr;
    }
};

std::string name_for(const std::string& profile) {
    return profile.empty() ? "last-good.json" : fmt::format("last-good-{}.json", profile);
}

Result<Memory> parse(std::string_view text) {
    ENVKEEP_TRY(const Json json, Json::parse(text));
    const Json* const session = json.find("session");
    const std::int64_t found = json.number_or("format", 0);
    if (found > format) {
        return failure(ErrorKind::conflict,
                       "a newer envkeep wrote it",
                       "it is left to the newer envkeep, which compares with it");
    }
    if (found != format || session == nullptr || session->as_object() == nullptr) {
        return failure(ErrorKind::unsupported, "it tells of no session");
    }
    Memory memory{.container = store::container_of(json.find("container")),
                  .session = good_session_of(*session)};
    if (const Json* const before = json.find("before");
        before != nullptr && before->as_object() != nullptr) {
        memory.before = good_session_of(*before);
    }
    return memory;
}

std::optional<Result<Memory>> load(const World& world, const DoctorContext& context) {
    const auto text = read_gpu_file(world, context, name_for(context.profile), largest_good_record);
    if (!text) {
        return std::nullopt;
    }
    Result<Memory> memory = text->and_then(parse);
    if (!memory && memory.error().hint.empty()) {
        memory.error().hint = text->has_value()
                                  ? "the next start that finds nothing broken writes it anew"
                                  : "move it away: envkeep keeps a file of its own there";
    }
    return memory;
}

std::string cards_text(const std::vector<std::string>& cards) {
    return fmt::format("{}", fmt::join(cards, " and "));
}

struct Part {
    std::string_view name;
    std::string text;
};

std::vector<Part> parts_of(const GoodSession& session) {
    return {{"driver", session.driver},
            {"card", cards_text(session.cards)},
            {"image", session.image},
            {"Python", session.python},
            {"torch", session.torch},
            {"torch's CUDA", session.cuda}};
}

std::string text_of(const GoodSession& session) {
    std::string text;
    for (const Part& part : parts_of(session)) {
        if (!part.text.empty()) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", part.name, part.text);
        }
    }
    return text;
}

bool is_broken(const DoctorReport& report) {
    return std::ranges::any_of(report.diagnosis.findings, [](const model::Finding& finding) {
        return finding.severity == model::Severity::error;
    });
}

void say_unreadable(const DoctorContext& context, const Error& error, DoctorReport& report) {
    report.diagnosis.findings.push_back(
        {.id = "gpu-last-session-unreadable",
         .severity = model::Severity::info,
         .subject = "gpu",
         .title = "what the last session had cannot be read, so nothing is compared with it",
         .evidence = {fmt::format(
             "{}/{}: {}", context.gpu_folder, name_for(context.profile), error.message)},
         .fix = {.text = error.hint}});
}

}  // namespace

GoodSession as_it_is(const World& world, const DoctorReport& report) {
    GoodSession now;
    if (const auto driver = report.facts.driver.version()) {
        now.driver = driver->text();
    }
    for (const std::string& card : report.cards) {
        now.cards.push_back(card.substr(0, card.rfind(" (")));
    }
    if (const std::vector<std::string> names = image_names(world.machine); !names.empty()) {
        now.image = names.back();
    }
    const std::vector<gpu::NotebookPython>& notebooks = report.facts.python.notebooks;
    if (!notebooks.empty()) {
        const gpu::Framework* const torch = notebooks.front().framework("torch");
        now.python = notebooks.front().environment.version;
        now.torch = torch == nullptr ? "none" : torch->version;
        now.cuda = torch == nullptr ? std::string() : torch->cuda;
    }
    return now;
}

std::string changes_of(const GoodSession& before, const GoodSession& now) {
    const std::vector<Part> old_parts = parts_of(before);
    const std::vector<Part> new_parts = parts_of(now);
    std::string text;
    for (std::size_t i = 0; i < new_parts.size(); ++i) {
        const std::string& was = old_parts[i].text;
        const std::string& is = new_parts[i].text;
        if (!was.empty() && !is.empty() && was != is) {
            text +=
                fmt::format("{}{} {} -> {}", text.empty() ? "" : ", ", new_parts[i].name, was, is);
        }
    }
    return text;
}

void compare_with_good_session(const World& world,
                               const DoctorContext& context,
                               DoctorReport& report) {
    const auto memory = load(world, context);
    if (!memory) {
        return;
    }
    if (!*memory) {
        say_unreadable(context, memory->error(), report);
        return;
    }
    const GoodSession now = as_it_is(world, report);
    std::vector<model::Finding>& findings = report.diagnosis.findings;
    if (is_broken(report)) {
        // What only the manifest wants otherwise has no cause.
        auto cause = std::ranges::find(findings, true, &model::Finding::is_cause);
        cause =
            cause != findings.end()
                ? cause
                : std::ranges::find(findings, model::Severity::error, &model::Finding::severity);
        if (cause != findings.end()) {
            const std::string changes = changes_of((*memory)->session, now);
            cause->evidence.push_back(
                fmt::format("it last worked with {}", printable(text_of((*memory)->session))));
            if (!changes.empty()) {
                cause->evidence.push_back(
                    fmt::format("what has changed since: {}", printable(changes)));
            }
        }
        return;
    }
    const GoodSession* const last =
        (*memory)->last(world.machine.container().value_or(system::Container{}));
    const std::string changes =
        last == nullptr || now.cards.empty() ? std::string() : changes_of(*last, now);
    if (!changes.empty()) {
        findings.push_back({.id = "gpu-changed",
                            .severity = model::Severity::info,
                            .subject = "gpu",
                            .title = changes + " since the last session"});
    }
}

Result<void> remember_good_session(const World& world,
                                   const Session& session,
                                   const GoodSession& now) {
    if (session.store.is_read_only || now.cards.empty()) {
        return {};
    }
    const DoctorContext context = context_of(session);
    const auto known = load(world, context);
    Memory memory{.container = session.container, .session = now};
    if (known && !*known && (*known).error().kind == ErrorKind::conflict) {
        return tl::unexpected((*known).error());
    }
    if (known && *known) {
        if ((*known)->container == session.container && (*known)->session == now) {
            return {};
        }
        const GoodSession* const last = (*known)->last(session.container);
        memory.before = last == nullptr ? std::nullopt : std::optional(*last);
    }
    Json json;
    json.set("format", format)
        .set("container", store::to_json(memory.container))
        .set("session", to_json(memory.session))
        .set("before", memory.before ? to_json(*memory.before) : Json());
    const system::Place folder = session.store.place(store::names::gpu);
    ENVKEEP_CHECK(world.writer->make_folders(folder, 0700));
    return world.writer->overwrite_own_file(
        folder.child(name_for(context.profile)), json.compact() + '\n', 0600);
}

Json to_json(const GoodSession& session) {
    Json cards = Json::array();
    for (const std::string& card : session.cards) {
        cards.add(json_bytes(card));
    }
    return Json()
        .set("driver", json_bytes(session.driver))
        .set("cards", std::move(cards))
        .set("image", json_bytes(session.image))
        .set("python", json_bytes(session.python))
        .set("torch", json_bytes(session.torch))
        .set("cuda", json_bytes(session.cuda));
}

GoodSession good_session_of(const Json& json) {
    GoodSession session{.driver = store::bytes_member(json, "driver"),
                        .image = store::bytes_member(json, "image"),
                        .python = store::bytes_member(json, "python"),
                        .torch = store::bytes_member(json, "torch"),
                        .cuda = store::bytes_member(json, "cuda")};
    const Json* const cards = json.find("cards");
    for (const Json& card :
         cards != nullptr && cards->as_array() ? *cards->as_array() : Json::Array{}) {
        if (const std::string* const name = card.as_string()) {
            session.cards.push_back(bytes_of_json(*name));
        }
    }
    return session;
}

}  // namespace envkeep::engine
