"""The sentences that the engine says in its own voice, in the asker's language."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's sentences. `closest` introduces a list; `question_too_long` has a place for
    `{limit}`, the spent budgets for `{hours}` until the next day."""

    refusal: str
    closest: str
    model_away: str
    model_stopped: str
    asker_budget_spent: str
    daily_budget_spent: str
    answer_cut: str
    no_model: str
    unsupported: str
    words_only: str
    question_empty: str
    question_too_long: str
    greeting: str
    thanks: str


PHRASES = {
    "en": Phrases(
        refusal="The documents do not answer this.",
        closest="Closest documents:",
        model_away="The language model is not available right now, so these are the matching"
        " statements from the documents, word for word.",
        model_stopped="The language model stopped in the middle of its answer, so these are the"
        " matching statements from the documents, word for word.",
        asker_budget_spent="Your budget for today is spent, so these are the matching statements"
        " from the documents, word for word. The next one begins in {hours} h.",
        daily_budget_spent="The budget of this bot for today is spent, so these are the matching"
        " statements from the documents, word for word. The next one begins in {hours} h.",
        answer_cut="The answer reached its length limit and is cut off.",
        no_model="No language model is set up: these are statements from the documents, word for"
        " word.",
        unsupported="The language model gave an answer that the documents do not support, so these"
        " are the matching statements from the documents, word for word.",
        words_only="Search by meaning is not available right now; only the words of the question"
        " were searched for.",
        question_empty="Please type a question.",
        question_too_long="This question is too long. Please ask it in at most {limit} characters.",
        greeting="Hello! Ask me anything that the documents might answer.",
        thanks="You're welcome! Just ask if there is anything else.",
    ),
    "zh": Phrases(
        refusal="文档中没有这个问题的答案。",
        closest="最相关的文档：",
        model_away="语言模型暂时不可用，以下是文档中相关内容的原文。",
        model_stopped="语言模型回答到一半中断了，以下是文档中相关内容的原文。",
        asker_budget_spent="您今天的额度已用完，以下是文档中相关内容的原文。{hours} 小时内恢复。",
        daily_budget_spent="本机器人今天的额度已用完，以下是文档中相关内容的原文。"
        "{hours} 小时内恢复。",
        answer_cut="回答已达到长度上限，内容不完整。",
        no_model="尚未配置语言模型，以下是文档中的原文。",
        unsupported="语言模型给出的回答在文档中找不到依据，以下是文档中相关内容的原文。",
        words_only="语义搜索暂时不可用，本次仅按关键词搜索。",
        question_empty="请输入您的问题。",
        question_too_long="问题太长了，请控制在 {limit} 个字符以内。",
        greeting="您好！请直接提问，我会在文档中为您查找答案。",
        thanks="不客气！如有其他问题，欢迎随时提问。",
    ),
    "zh-Hant": Phrases(
        refusal="文件中沒有這個問題的答案。",
        closest="最相關的文件：",
        model_away="語言模型暫時無法使用，以下是文件中相關內容的原文。",
        model_stopped="語言模型回答到一半中斷了，以下是文件中相關內容的原文。",
        asker_budget_spent="您今天的額度已用完，以下是文件中相關內容的原文。{hours} 小時內恢復。",
        daily_budget_spent="本機器人今天的額度已用完，以下是文件中相關內容的原文。"
        "{hours} 小時內恢復。",
        answer_cut="回答已達到長度上限，內容不完整。",
        no_model="尚未設定語言模型，以下是文件中的原文。",
        unsupported="語言模型給出的回答在文件中找不到依據，以下是文件中相關內容的原文。",
        words_only="語意搜尋暫時無法使用，本次僅以關鍵字搜尋。",
        question_empty="請輸入您的問題。",
        question_too_long="問題太長了，請控制在 {limit} 個字元以內。",
        greeting="您好！請直接提問，我會在文件中為您尋找答案。",
        thanks="不客氣！如有其他問題，歡迎隨時提問。",
    ),
    "ja": Phrases(
        refusal="ご質問の答えは文書の中に見つかりませんでした。",
        closest="関連の深い文書：",
        model_away="現在、言語モデルを利用できないため、文書の該当箇所を原文のまま表示しています。",
        model_stopped="言語モデルの回答が途中で途切れたため、"
        "文書の該当箇所を原文のまま表示しています。",
        asker_budget_spent="本日のご利用枠を使い切ったため、"
        "文書の該当箇所を原文のまま表示しています。あと{hours}時間以内に回復します。",
        daily_budget_spent="本日のボット全体の利用枠を使い切ったため、"
        "文書の該当箇所を原文のまま表示しています。あと{hours}時間以内に回復します。",
        answer_cut="回答が長さの上限に達したため、途中までの表示です。",
        no_model="言語モデルが設定されていないため、文書の原文をそのまま表示しています。",
        unsupported="言語モデルの回答は文書で裏付けられなかったため、"
        "文書の該当箇所を原文のまま表示しています。",
        words_only="現在、意味による検索を利用できないため、キーワードだけで検索しました。",
        question_empty="質問を入力してください。",
        question_too_long="質問が長すぎます。{limit}文字以内で入力してください。",
        greeting="こんにちは。文書についてのご質問をどうぞ。",
        thanks="どういたしまして。ほかにもご質問があれば、いつでもどうぞ。",
    ),
    "ko": Phrases(
        refusal="문서에서 이 질문에 대한 답을 찾을 수 없습니다.",
        closest="가장 관련 있는 문서:",
        model_away="지금은 언어 모델을 사용할 수 없어"
        " 문서의 관련 내용을 원문 그대로 보여 드립니다.",
        model_stopped="언어 모델의 답변이 중간에 끊겨"
        " 문서의 관련 내용을 원문 그대로 보여 드립니다.",
        asker_budget_spent="오늘 사용할 수 있는 한도를 모두 사용하여 문서에서 관련 내용을 원문"
        " 그대로 보여 드립니다. {hours}시간 안에 다시 채워집니다.",
        daily_budget_spent="오늘 이 봇의 전체 한도를 모두 사용하여 문서에서 관련 내용을 원문"
        " 그대로 보여 드립니다. {hours}시간 안에 다시 채워집니다.",
        answer_cut="답변이 길이 제한에 도달하여 중간에서 끊겼습니다.",
        no_model="언어 모델이 설정되어 있지 않아 문서의 원문을 그대로 보여 드립니다.",
        unsupported="언어 모델의 답변이 문서로 뒷받침되지 않아"
        " 문서의 관련 내용을 원문 그대로 보여 드립니다.",
        words_only="지금은 의미 검색을 사용할 수 없어 키워드로만 검색했습니다.",
        question_empty="질문을 입력해 주세요.",
        question_too_long="질문이 너무 깁니다. {limit}자 이내로 입력해 주세요.",
        greeting="안녕하세요! 문서에 관해 궁금한 점을 물어보세요.",
        thanks="천만에요! 더 궁금한 점이 있으면 언제든지 물어보세요.",
    ),
    "de": Phrases(
        refusal="Die Dokumente beantworten diese Frage nicht.",
        closest="Am ehesten passende Dokumente:",
        model_away="Das Sprachmodell ist gerade nicht erreichbar; hier stehen die passenden Stellen"
        " der Dokumente im Wortlaut.",
        model_stopped="Das Sprachmodell hat mitten in der Antwort abgebrochen; hier stehen die"
        " passenden Stellen der Dokumente im Wortlaut.",
        asker_budget_spent="Ihr Budget für heute ist aufgebraucht; hier stehen die passenden"
        " Stellen aus den Dokumenten im Wortlaut. Das nächste beginnt in {hours} Std.",
        daily_budget_spent="Das Budget dieses Bots für heute ist aufgebraucht; hier stehen die"
        " passenden Stellen aus den Dokumenten im Wortlaut. Das nächste beginnt in {hours} Std.",
        answer_cut="Die Antwort hat ihre Höchstlänge erreicht und ist abgeschnitten.",
        no_model="Es ist kein Sprachmodell eingerichtet; hier stehen Stellen aus den Dokumenten im"
        " Wortlaut.",
        unsupported="Die Antwort des Sprachmodells war durch die Dokumente nicht belegt; hier"
        " stehen die passenden Stellen im Wortlaut.",
        words_only="Die Suche nach Bedeutung ist gerade nicht möglich; gesucht wurde nur nach den"
        " Wörtern der Frage.",
        question_empty="Bitte geben Sie eine Frage ein.",
        question_too_long="Diese Frage ist zu lang. Bitte fassen Sie sie in höchstens {limit}"
        " Zeichen.",
        greeting="Guten Tag! Fragen Sie mich, was die Dokumente beantworten könnten.",
        thanks="Gern geschehen! Fragen Sie ruhig weiter.",
    ),
    "fr": Phrases(
        refusal="Les documents ne répondent pas à cette question.",
        closest="Documents les plus proches :",
        model_away="Le modèle de langue n'est pas disponible pour le moment ; voici les passages"
        " correspondants des documents, mot pour mot.",
        model_stopped="Le modèle de langue s'est interrompu au milieu de sa réponse ; voici les"
        " passages correspondants des documents, mot pour mot.",
        asker_budget_spent="Votre budget du jour est épuisé ; voici les passages correspondants"
        " des documents, mot pour mot. Le prochain commence dans {hours} h.",
        daily_budget_spent="Le budget du jour de ce bot est épuisé ; voici les passages"
        " correspondants des documents, mot pour mot. Le prochain commence dans {hours} h.",
        answer_cut="La réponse a atteint sa longueur maximale et s'arrête ici.",
        no_model="Aucun modèle de langue n'est configuré ; voici des passages des documents, mot"
        " pour mot.",
        unsupported="La réponse du modèle de langue n'était pas étayée par les documents ; voici"
        " les passages correspondants, mot pour mot.",
        words_only="La recherche par le sens n'est pas disponible pour le moment ; seuls les mots"
        " de la question ont été recherchés.",
        question_empty="Veuillez saisir une question.",
        question_too_long="Cette question est trop longue. Merci de la poser en {limit} caractères"
        " au maximum.",
        greeting="Bonjour ! Posez-moi une question sur le contenu des documents.",
        thanks="Je vous en prie ! N'hésitez pas à poser d'autres questions.",
    ),
    "es": Phrases(
        refusal="Los documentos no responden a esta pregunta.",
        closest="Documentos más cercanos:",
        model_away="El modelo de lenguaje no está disponible en este momento; estos son los"
        " fragmentos correspondientes de los documentos, palabra por palabra.",
        model_stopped="El modelo de lenguaje se interrumpió a mitad de la respuesta; estos son los"
        " fragmentos correspondientes de los documentos, palabra por palabra.",
        asker_budget_spent="Su presupuesto de hoy se ha agotado; estos son los pasajes"
        " correspondientes de los documentos, palabra por palabra. El próximo comienza en {hours}"
        " h.",
        daily_budget_spent="El presupuesto de hoy de este bot se ha agotado; estos son los"
        " pasajes correspondientes de los documentos, palabra por palabra. El próximo comienza en"
        " {hours} h.",
        answer_cut="La respuesta alcanzó su longitud máxima y está incompleta.",
        no_model="No hay ningún modelo de lenguaje configurado; estos son fragmentos de los"
        " documentos, palabra por palabra.",
        unsupported="Los documentos no respaldaban la respuesta del modelo de lenguaje; estos son"
        " los fragmentos correspondientes, palabra por palabra.",
        words_only="La búsqueda por significado no está disponible en este momento; solo se han"
        " buscado las palabras de la pregunta.",
        question_empty="Escriba una pregunta, por favor.",
        question_too_long="La pregunta es demasiado larga. Formúlela en {limit} caracteres como"
        " máximo.",
        greeting="¡Hola! Pregúnteme lo que quiera saber de los documentos.",
        thanks="¡De nada! Si tiene otra pregunta, aquí estoy.",
    ),
    "pt": Phrases(
        refusal="Os documentos não respondem a esta pergunta.",
        closest="Documentos mais próximos:",
        model_away="O modelo de linguagem não está disponível no momento; estes são os trechos"
        " correspondentes dos documentos, palavra por palavra.",
        model_stopped="O modelo de linguagem parou no meio da resposta; estes são os trechos"
        " correspondentes dos documentos, palavra por palavra.",
        asker_budget_spent="O seu orçamento de hoje acabou; estes são os trechos correspondentes"
        " dos documentos, palavra por palavra. O próximo começa em {hours} h.",
        daily_budget_spent="O orçamento de hoje deste bot acabou; estes são os trechos"
        " correspondentes dos documentos, palavra por palavra. O próximo começa em {hours} h.",
        answer_cut="A resposta atingiu o tamanho máximo e está incompleta.",
        no_model="Nenhum modelo de linguagem está configurado; estes são trechos dos documentos,"
        " palavra por palavra.",
        unsupported="Os documentos não sustentavam a resposta do modelo de linguagem; estes são os"
        " trechos correspondentes, palavra por palavra.",
        words_only="A busca por significado não está disponível no momento; só as palavras da"
        " pergunta foram pesquisadas.",
        question_empty="Por favor, escreva uma pergunta.",
        question_too_long="A pergunta é longa demais. Por favor, use no máximo {limit} caracteres.",
        greeting="Olá! Pergunte o que quiser saber sobre os documentos.",
        thanks="De nada! Se tiver outra pergunta, é só perguntar.",
    ),
    "it": Phrases(
        refusal="I documenti non rispondono a questa domanda.",
        closest="Documenti più vicini:",
        model_away="Il modello linguistico al momento non è disponibile; ecco i passaggi"
        " corrispondenti dei documenti, parola per parola.",
        model_stopped="Il modello linguistico si è interrotto a metà della risposta; ecco i"
        " passaggi corrispondenti dei documenti, parola per parola.",
        asker_budget_spent="Il suo budget di oggi è esaurito; questi sono i passaggi pertinenti"
        " dei documenti, parola per parola. Il prossimo inizia tra {hours} h.",
        daily_budget_spent="Il budget di oggi di questo bot è esaurito; questi sono i passaggi"
        " pertinenti dei documenti, parola per parola. Il prossimo inizia tra {hours} h.",
        answer_cut="La risposta ha raggiunto la lunghezza massima ed è incompleta.",
        no_model="Non è configurato alcun modello linguistico; ecco alcuni passaggi dei documenti,"
        " parola per parola.",
        unsupported="La risposta del modello linguistico non era confermata dai documenti; ecco i"
        " passaggi corrispondenti, parola per parola.",
        words_only="La ricerca per significato al momento non è disponibile; sono state cercate"
        " solo le parole della domanda.",
        question_empty="Scriva una domanda, per favore.",
        question_too_long="La domanda è troppo lunga. La formuli in non più di {limit} caratteri.",
        greeting="Buongiorno! Mi chieda pure ciò che vuole sapere dai documenti.",
        thanks="Prego! Se ha altre domande, sono qui.",
    ),
    "ru": Phrases(
        refusal="В документах нет ответа на этот вопрос.",
        closest="Наиболее близкие документы:",
        model_away="Языковая модель сейчас недоступна, поэтому ниже приведены подходящие места из"
        " документов, дословно.",
        model_stopped="Языковая модель прервалась на середине ответа, поэтому ниже приведены"
        " подходящие места из документов, дословно.",
        asker_budget_spent="Ваш лимит на сегодня исчерпан, поэтому здесь дословно приведены"
        " подходящие места из документов. Следующий начнётся через {hours} ч.",
        daily_budget_spent="Лимит этого бота на сегодня исчерпан, поэтому здесь дословно"
        " приведены подходящие места из документов. Следующий начнётся через {hours} ч.",
        answer_cut="Ответ достиг предельной длины и обрывается.",
        no_model="Языковая модель не настроена: ниже приведены места из документов, дословно.",
        unsupported="Ответ языковой модели не подтверждается документами, поэтому ниже приведены"
        " подходящие места из них, дословно.",
        words_only="Поиск по смыслу сейчас недоступен; поиск выполнен только по словам вопроса.",
        question_empty="Пожалуйста, введите вопрос.",
        question_too_long="Вопрос слишком длинный. Пожалуйста, уложитесь в {limit} символов.",
        greeting="Здравствуйте! Задайте вопрос, и я поищу ответ в документах.",
        thanks="Пожалуйста! Если появятся ещё вопросы, задавайте.",
    ),
    "ar": Phrases(
        refusal="لا تحتوي المستندات على إجابة عن هذا السؤال.",
        closest="أقرب المستندات:",
        model_away="النموذج اللغوي غير متاح حاليًا، وفيما يلي المقاطع المطابقة من المستندات بنصها.",
        model_stopped="توقف النموذج اللغوي في منتصف إجابته، وفيما يلي المقاطع المطابقة من المستندات"
        " بنصها.",
        asker_budget_spent="نفدت ميزانيتك لهذا اليوم، وهذه هي المقاطع المطابقة من المستندات"
        " بنصها. تبدأ الميزانية التالية خلال {hours} ساعة.",
        daily_budget_spent="نفدت ميزانية هذا البوت لهذا اليوم، وهذه هي المقاطع المطابقة من"
        " المستندات بنصها. تبدأ الميزانية التالية خلال {hours} ساعة.",
        answer_cut="بلغت الإجابة الحد الأقصى للطول ولذلك فهي غير مكتملة.",
        no_model="لم يتم إعداد نموذج لغوي، وفيما يلي مقاطع من المستندات بنصها.",
        unsupported="لم تدعم المستندات إجابة النموذج اللغوي، وفيما يلي المقاطع المطابقة منها"
        " بنصها.",
        words_only="البحث بالمعنى غير متاح حاليًا، وقد جرى البحث عن كلمات السؤال فقط.",
        question_empty="يُرجى كتابة سؤال.",
        question_too_long="السؤال طويل جدًا. يُرجى كتابته في {limit} حرف كحد أقصى.",
        greeting="مرحبًا! اسألني عمّا تودّ معرفته من المستندات.",
        thanks="على الرحب والسعة! لا تتردد في طرح أي سؤال آخر.",
    ),
}


def phrases_in(language: str) -> Phrases:
    """The sentences in `language`, an ISO 639-1 code with or without a script; English where
    there are none."""
    return PHRASES.get(language) or PHRASES.get(language.split("-", 1)[0]) or PHRASES["en"]
