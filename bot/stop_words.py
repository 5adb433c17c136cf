"""The commonest words of languages: they tell a language, and say little about a subject."""

import re
from types import MappingProxyType

STOP_WORDS = MappingProxyType(
    {
        language: frozenset(words.split())
        for language, words in {
            "en": "a about after all also an and any are as at be been before but by can could"
            " did do does for from had has have he her his how i if in into is it its may me"
            " many more most much my no not of on only or other our she should so some such than"
            " that the their them then there these they this those to under up was we were what"
            " when where which who whom whose why will with would you your",
            "de": "aber als am an auch auf aus bei bis da damit dann das dass dem den der des die"
            " dies diese dieser doch durch ein eine einem einen einer eines er es für gibt"
            " haben hat hier ich ihr im in ist ja kann kein keine man mein mich mit muss"
            " nach nicht noch nur oder sein sich sie sind so und uns unter viel viele vom"
            " von vor wann war warum was welche welcher welches wenn wer werden wie wieviel"
            " wir wird wo wurde wurden zu zum zur über",
            "fr": "a ai au aux avec avez c'est ce ces cette comment combien d'un d'une dans de"
            " des depuis dont du elle en est et été être il ils je l'on la le les leur lors"
            " mais me mon ne nous on ont ou où par pas peut plus pour pourquoi qu'est qu'il"
            " quand que quel quelle quelles quels qui sa sans se ses son sont sur un une vos"
            " votre vous y à",
            "es": "a al como con cuando cuál cuáles cuándo cuánta cuántas cuánto cuántos cómo de"
            " del desde donde dónde el ella en entre era es esta este está están fue ha hay"
            " la las le lo los mi muy más no nos o para pero por porque puede puedo que"
            " quién qué se ser si sin sobre son su sus también tiene un una uno y ya yo",
            "pt": "a ao aos as até com como da das de do dos e ela ele em entre era esta este"
            " está eu foi foram há isso já mais mas me meu minha na nas no nos não o onde os"
            " ou para pela pelo por porque posso qual quais quando quanta quanto quantos"
            " quantas que quem se sem ser seu sua são também tem um uma você",
            "it": "a ai al alla anche che chi ci come con cosa cui da dal dalla degli dei del"
            " della delle di dove e ed era gli ha hanno ho i il in io la le lo ma mi nel"
            " nella non o per perché più può qual quale quali quando quanta quante quanti"
            " quanto questa questo se si sono sua suo sul sulla tra un una uno è",
            "nl": "aan als bij dan dat de deze die dit door een en er geen had heb hebben heeft"
            " het hoe hoeveel hun ik in is kan kunnen maar me met mijn naar niet nog of om"
            " onder ons ook op over te tot u uit van veel voor waar waarom wanneer was wat"
            " welk welke werd wie worden wordt zich zijn ze zij",
            "pl": "a aby ale bez być co czy dla do gdzie go i ich ile ja jak jaka jaki jakie jako"
            " jest już kiedy kto która które który lub ma mam mnie może mogę na nie o od po"
            " pod przez przy są się ta tak tam te tego tej ten to tym u w we z za ze że",
            "tr": "ama bir bu bunu da daha de değil diye en gibi hangi için ile ise kaç kadar kim"
            " mi mı mu mü ne neden nedir nasıl nerede o olan olarak oldu olur sonra şu ve"
            " veya ya var yok çok",
            "vi": "bao bị bởi các cho có của cái cùng do gì hay không khi là làm lúc mà mấy một"
            " năm nào này nếu người nhiêu nhiều như những nơi ra sao sẽ sự tại thế thì tôi"
            " trong trên từ và vào về vì với được đã đâu đó đến để ở",
            "id": "ada adalah akan anda apa apakah atau bagaimana bagi bahwa berapa bisa dalam"
            " dan dapat dari dengan di dimana harus ini itu jika juga kami karena kapan ke"
            " kita lebih mana mengapa oleh pada saja saya sebagai siapa sudah telah tidak"
            " untuk yang",
            "sv": "att av blev de den det du efter eller en ett från för ha han har hon hur här i"
            " inte jag kan med mer min mycket många måste men nej när och om på sig ska som"
            " till var varför vad vem vi vilka vilken vilket vid är åt över",
            "da": "af at blev de den der det du efter eller en er et for fra ha han har hun hvad"
            " hvem hvilken hvilke hvor hvordan hvorfor hvornår i ikke jeg kan man med meget"
            " min mange må men når og om på sig skal som til var vi ved være",
            "cs": "a aby ale bez být bylo co do i jak jaká jaké jaký jako je jeho jejich jsem"
            " jsou již kde kdo kdy kolik která které který má může na nebo není o od po pod"
            " pro proč při s se si ta to tak ten u v ve z za ze že",
            "ro": "a ai al ale am are au ca care când cât câte câți ce cine cu cum de din este eu"
            " fi fost în la mai mi nu o pe pentru prin sau se sunt și un una unde",
            "hu": "a az azt be csak de egy egyik el és ez ezt fel ha hány hogy hogyan hol is ki"
            " kell lehet meg melyik mennyi mert mi miért mikor milyen mint nagyon nem nincs"
            " van vagy volt",
            "fi": "ei ennen että he hän ja jos joka jotka kanssa kuinka kuka kun kuten me mikä"
            " miksi milloin minä missä mitkä mitä mutta myös niin ole oli olla on ovat"
            " paljonko se sekä tai tämä voi voiko vuonna",
            "ru": "а без бы был была были было быть в вам вас во все вы где да для до его ее если"
            " есть еще же за и из или их к как какая какие какой ко когда кто ли мне мной"
            " мой можно мы на не нет но о об он она они от по под почему при с сколько со"
            " так там то только у что чтобы это этот я",
            "ar": "ما ماذا من هو هي كم متى أين كيف لماذا هل أي في على إلى عن مع"
            " أن إن كان كانت التي الذي هذا هذه ذلك تلك قد لا لم لن ثم أو و"
            " بعد قبل بين كل عند عندما حيث منذ خلال بها به لها له فيها فيه"
            " منها منه ليس يكون تكون وما ومن وفي",
            "el": "ο η το οι τα του της των τον την στο στη στην στον στα στους"
            " και ή αν να θα με για από σε είναι ήταν έχει είχε τι ποιος"
            " ποια ποιο ποιοι ποιες πόσο πόσοι πόσα πότε πού πώς γιατί που"
            " ως ότι δεν μη όταν μετά πριν ένα μια ένας αυτό αυτή αυτός"
            " τους μου σας μας",
            "hi": "का की के को में से ने पर है हैं था थी थे और या एक यह वह ये"
            " वे जो तो कि क्या कौन कब कहाँ कैसे क्यों कितने कितना कितनी"
            " किस किसने किसी किया कर करने लिए साथ तक भी नहीं ही हो होता"
            " होती गया गई",
            "uk": "а або але без бути був була було в ви від він вона вони все де для до з за і"
            " із йому його й коли кого куди ми мене на не немає ні об по про при скільки та"
            " так там ти то у хто це цей чи чому що щоб я як яка які який",
        }.items()
    }
)

# Characters that carry grammar or a question, not a subject.
FUNCTION_CHARACTERS = re.compile(
    "什么|什麼|怎么|怎麼|怎样|怎樣|如何|为什么|為什麼|多少|多久|几个|幾個|哪些|哪个|哪個|哪里|哪裡|是否|可以|能否|有没有|"
    "[的了吗嗎呢吧啊在是和与與或及及把被从從对對向就都也还還很这這那我你您他她它们們请請问問谁誰哪几幾]"
    "|です|ます|した|して|する|から|まで|ください|でしょう|どう|どこ|いつ|なに|だれ|[はがをにでとものかへやな]"
)
