import type { RequestFacts } from './request-facts.ts'

type Prompt = NonNullable<RequestFacts['prompt']>

/**
 * The fields of a request's body that change what the model says and nothing else, by the field that holds the prompt. Being
 * sent twice, they do what they do once. Not here: what names a state of the upstream or makes one (`conversation`,
 * `previous_response_id`, `background`, `container`, `thread`, `session_id`, `deferred`), what is good for one request
 * (`fallback_credit_token`), what brings an agent or tools of the upstream's (`assistant_id`, `tool_ids`, `plugins`,
 * `mcp_servers`, `preset`), what calls somebody (`webhook`), ids that a server refuses to see twice (`request_id`), and all
 * that is not known.
 *
 * Sources: the request types of `@anthropic-ai/sdk` 1.12, `openai` 7.57 and `@google/genai` 3.1; docs.vllm.ai and sglang.ai
 * (extra sampling parameters), llama.cpp's server, openrouter.ai (parameters, routing), api.mistral.ai, docs.x.ai, groq.com,
 * fireworks.ai, alibabacloud.com (Model Studio), api-docs.deepseek.com.
 */
const FIELDS: Readonly<Record<Prompt, string>> = {
  // Messages and Chat Completions share this one.
  messages: `
    messages model stream n max_tokens temperature top_p top_k metadata service_tier store tools tool_choice
    system stop_sequences thinking cache_control compaction context_management diagnostics fallbacks inference_geo
    output_config output_format speed anthropic_beta anthropic_version betas billing_policy user_profile_id workspace_id
    audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens modalities moderation
    parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention
    reasoning_effort response_format safety_identifier seed stop stream_options top_logprobs user verbosity
    models route provider transforms reasoning include_reasoning usage top_a min_p repetition_penalty image_config
    structured_outputs user_security_context
    best_of use_beam_search length_penalty stop_token_ids include_stop_str_in_output ignore_eos min_tokens
    skip_special_tokens spaces_between_special_tokens truncate_prompt_tokens prompt_logprobs allowed_token_ids bad_words
    echo add_generation_prompt continue_final_message add_special_tokens documents chat_template chat_template_kwargs
    mm_processor_kwargs guided_json guided_regex guided_choice guided_grammar guided_decoding_backend
    guided_whitespace_pattern structural_tag priority return_tokens_as_token_ids return_token_ids cache_salt
    thinking_token_budget
    regex ebnf json_schema separate_reasoning stream_reasoning no_stop_trim lora_path
    n_predict n_probs n_keep min_keep cache_prompt grammar samplers typical_p tfs_z mirostat mirostat_tau mirostat_eta
    xtc_probability xtc_threshold dynatemp_range dynatemp_exponent dry_multiplier dry_base dry_allowed_length
    dry_penalty_last_n dry_sequence_breakers repeat_penalty repeat_last_n reasoning_format thinking_forced_open
    parse_tool_calls timings_per_token options keep_alive format think
    random_seed safe_prompt prompt_mode enable_thinking thinking_budget preserve_thinking vl_high_resolution_images
    do_sample tool_stream disable_reasoning clear_thinking context_length_exceeded_behavior prompt_truncate_len
    reasoning_history raw_output perf_metrics_in_response safety_model citation_options disable_tool_validation`,
  input: `
    input model stream instructions include max_output_tokens max_tool_calls metadata client_metadata parallel_tool_calls
    prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store
    stream_options temperature text tool_choice tools top_logprobs top_p truncation user verbosity access_programs
    context_management image moderation
    models route provider modalities image_config top_k min_p top_a seed stop frequency_penalty presence_penalty
    repetition_penalty logit_bias logprobs ignore_eos skip_special_tokens include_stop_str_in_output priority cache_salt
    mm_processor_kwargs structured_outputs chat_template chat_template_kwargs`,
  contents: `
    contents model systemInstruction system_instruction generationConfig generation_config safetySettings safety_settings
    tools toolConfig tool_config labels serviceTier service_tier modelArmorConfig model_armor_config outputConfig
    output_config`,
}

const KNOWN: ReadonlyMap<Prompt, ReadonlySet<string>> = new Map(
  (Object.keys(FIELDS) as Prompt[]).map((prompt) => [prompt, new Set(FIELDS[prompt].trim().split(/\s+/))]),
)

/** Whether a field of a body with this prompt is known to keep no state, to name none and to act on nothing. */
export function isStateless(prompt: Prompt, field: string): boolean {
  return KNOWN.get(prompt)?.has(field) === true
}
